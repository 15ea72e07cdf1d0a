import { describeMissing } from '@hangtag/emulators/google/missing.js';
import { resolveEmulators } from '@hangtag/emulators/google/resolve.js';
import type { CommandResult, Surroundings } from '@hangtag/emulators/google/surroundings.js';
import { expect } from 'chai';

const SDK_FIRESTORE = 'platform/cloud-firestore-emulator/cloud_firestore_emulator';
const SDK_PUBSUB = 'platform/pubsub-emulator/bin/cloud-pubsub-emulator';
const VERSION_17 = 'openjdk version "17.0.15" 2025-04-15';
const JAVA_17: CommandResult = { ok: true, output: VERSION_17 };

interface Machine {
  readonly files?: readonly string[];
  readonly env?: Record<string, string>;
  readonly links?: Record<string, string>;
  readonly run?: (command: string, args: readonly string[]) => CommandResult;
}

function machine({ files = [], env = {}, links = {}, run }: Machine): Surroundings {
  return {
    env,
    homeDirectory: '/home/ann',
    exists: (path) => path in links || files.some((file) => file === path || file.startsWith(`${path}/`)),
    list: (directory) => [
      ...new Set(
        files
          .filter((file) => file.startsWith(`${directory}/`))
          .map((file) => file.slice(directory.length + 1).split('/')[0] ?? ''),
      ),
    ],
    realPath: (path) => links[path] ?? path,
    run: async (command, args) =>
      run?.(command, args) ?? (command.endsWith('java') ? JAVA_17 : { ok: false }),
  };
}

describe('the search for emulators', () => {
  it('finds the SDK through the real path of gcloud, and the jars beside the scripts', async () => {
    const on = machine({
      env: { PATH: '/bin:/usr/bin' },
      links: { '/usr/bin/gcloud': '/opt/sdk/bin/gcloud' },
      files: [
        `/opt/sdk/${SDK_FIRESTORE}`,
        '/opt/sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar',
        `/opt/sdk/${SDK_PUBSUB}`,
        '/opt/sdk/platform/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar',
      ],
    });

    const search = await resolveEmulators(on);

    expect(search).to.deep.equal({
      kind: 'found',
      firestore: {
        kind: 'jar',
        java: 'java',
        javaVersion: VERSION_17,
        jar: '/opt/sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar',
        mainClass: 'com.google.cloud.datastore.emulator.firestore.CloudFirestore',
      },
      pubsub: {
        kind: 'jar',
        java: 'java',
        javaVersion: VERSION_17,
        jar: '/opt/sdk/platform/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar',
        mainClass: undefined,
      },
    });
  });

  it('prefers the paths in environment variables, and JAVA_HOME for Java', async () => {
    const on = machine({
      env: {
        HANGTAG_FIRESTORE_EMULATOR: '/mine/f.jar',
        PUBSUB_EMULATOR_BINARY_PATH: '/mine/pubsub',
        CLOUDSDK_ROOT: '/opt/sdk',
        JAVA_HOME: '/jdk',
      },
      files: ['/mine/f.jar', '/mine/pubsub', `/opt/sdk/${SDK_FIRESTORE}`, `/opt/sdk/${SDK_PUBSUB}`],
    });

    const search = await resolveEmulators(on);

    expect(search).to.deep.include({ kind: 'found' });
    expect(search).to.have.nested.property('firestore.jar', '/mine/f.jar');
    expect(search).to.have.nested.property('firestore.java', '/jdk/bin/java');
    expect(search).to.have.nested.property('pubsub.script', '/mine/pubsub');
  });

  it('does not search further if a variable names a missing file', async () => {
    const on = machine({
      env: { CLOUDSDK_ROOT: '/opt/sdk', FIRESTORE_EMULATOR_BINARY_PATH: '/gone.jar' },
      files: [`/opt/sdk/${SDK_FIRESTORE}`, `/opt/sdk/${SDK_PUBSUB}`],
    });

    const search = await resolveEmulators(on);

    expect(search.kind).to.equal('missing');
    if (search.kind === 'missing') {
      expect(describeMissing(search.missing)).to.include('FIRESTORE_EMULATOR_BINARY_PATH names /gone.jar');
    }
  });

  it("takes the newest version in firebase-tools' cache, compared by number", async () => {
    const cache = '/home/ann/.cache/firebase/emulators';
    const on = machine({
      files: [
        `${cache}/cloud-firestore-emulator-v1.9.9.jar`,
        `${cache}/cloud-firestore-emulator-v1.19.8.jar`,
        `${cache}/pubsub-emulator-0.8.14/pubsub-emulator/bin/cloud-pubsub-emulator`,
      ],
    });

    const search = await resolveEmulators(on);

    expect(search).to.have.nested.property('firestore.jar', `${cache}/cloud-firestore-emulator-v1.19.8.jar`);
    expect(search).to.have.nested.property(
      'pubsub.script',
      `${cache}/pubsub-emulator-0.8.14/pubsub-emulator/bin/cloud-pubsub-emulator`,
    );
  });

  it('asks gcloud for its folder if the real path does not lead to it', async () => {
    const on = machine({
      env: { PATH: '/snap/bin' },
      files: ['/snap/bin/gcloud', `/var/sdk/${SDK_FIRESTORE}`, `/var/sdk/${SDK_PUBSUB}`],
      run: (command) => (command.endsWith('gcloud') ? { ok: true, output: '/var/sdk\n' } : JAVA_17),
    });

    const search = await resolveEmulators(on);

    expect(search).to.have.nested.property('firestore.script', `/var/sdk/${SDK_FIRESTORE}`);
  });

  it('names everything that is missing in one message, with the commands that install it', async () => {
    const on = machine({ run: () => ({ ok: true, output: 'java version "1.8.0_392"' }) });

    const search = await resolveEmulators(on);

    if (search.kind !== 'missing') throw new Error(`Expected missing emulators but received ${search.kind}`);
    const message = describeMissing(search.missing);
    expect(message).to.include('Java 17 or newer (java is Java 8)');
    expect(message).to.include('apt-get install -y openjdk-17-jre-headless');
    expect(message).to.include('setup:emulators:firestore');
    expect(message).to.include('setup:emulators:pubsub');
  });
});
