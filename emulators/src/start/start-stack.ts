import { startEmbeddedStack } from '../embedded/embedded-stack.js';
import { describeMissing } from '../google/missing.js';
import { resolveEmulators } from '../google/resolve.js';
import { ownSurroundings } from '../google/surroundings.js';
import { startEmulatorStack } from './emulator-stack.js';
import type { StartOptions } from './options.js';
import type { Stack, StackRequest } from './stack.js';
import { choosePorts } from './stack-plan.js';

/** Starts a stack on Google's emulators. If one is missing, it prints what is missing and starts an embedded stack. */
export async function startStack(
  options: Pick<StartOptions, 'embedded'>,
  request: StackRequest,
): Promise<Stack> {
  if (options.embedded) return startEmbedded(request);
  const search = await resolveEmulators(ownSurroundings());
  if (search.kind === 'found') return startEmulatorStack(request, search);
  request.say(describeMissing(search.missing));
  request.say('Running embedded meanwhile: the same handlers, but no Firestore client can listen.\n');
  return startEmbedded(request);
}

async function startEmbedded(request: StackRequest): Promise<Stack> {
  if (request.enforceIndexes)
    request.say('Indexes are not enforced: the embedded stack has no Firestore for clients.');
  return startEmbeddedStack(request, await choosePorts(['bucket', 'functions'], request));
}
