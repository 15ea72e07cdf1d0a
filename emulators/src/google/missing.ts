import { type JavaSearch, LOWEST_JAVA } from './java.js';
import type { EmulatorProduct } from './programs.js';
import type { Missing } from './resolve.js';

const INSTALL_JAVA =
  'Install it: sudo apt-get install -y openjdk-17-jre-headless (Debian, Ubuntu) or brew install openjdk@21 (macOS)';

/** One message that lists everything that is missing, with the commands that install it. */
export function describeMissing(missing: readonly Missing[]): string {
  return [
    'The local stack needs these programs, which were not found:',
    ...missing.map((one) => `  - ${describe(one)}`),
  ].join('\n');
}

/** For commands that need nothing else that can be missing. */
export function describeMissingJava(found: Exclude<JavaSearch, { kind: 'found' }>): string {
  const what = found.kind === 'absent' ? 'none' : `Java ${found.major} (${found.command})`;
  return `Expected Java ${LOWEST_JAVA} or newer but found ${what}. ${INSTALL_JAVA}`;
}

function describe(missing: Missing): string {
  switch (missing.what) {
    case 'java':
      return `${describeJava(missing.found)}. ${INSTALL_JAVA}`;
    case 'emulator':
      return `${missing.product.title}. Install it: ${installCommand(missing.product)}`;
    case 'named-file':
      return `${missing.product.title}: ${missing.variable} names ${missing.path}, which does not exist. Correct or unset the variable`;
  }
}

function describeJava(found: Exclude<JavaSearch, { kind: 'found' }>): string {
  const wanted = `Java ${LOWEST_JAVA} or newer`;
  return found.kind === 'absent' ? wanted : `${wanted} (${found.command} is Java ${found.major})`;
}

function installCommand({ product }: EmulatorProduct): string {
  const gcloud = product === 'firestore' ? 'cloud-firestore-emulator' : 'pubsub-emulator';
  return `npx firebase-tools@14 setup:emulators:${product}, or gcloud components install ${gcloud}`;
}
