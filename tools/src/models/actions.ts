/** The actions of `npm run models`: each checks its word, and then works on the ports. */
import { userInfo } from 'node:os';
import { EXIT, type ExitStatus } from '@hangtag/emulators/command-line.js';
import {
  endTrial,
  modelsAt,
  modelsOf,
  promote,
  type RolloutPorts,
  removeModel,
  rollBack,
  startTrial,
} from '@hangtag/functions/models/handler.js';
import { figuresOfTrial } from '@hangtag/functions/models/trial-figures.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { type ModelVersion, nameOfVersion, parseModelVersion } from '@hangtag/shared/domain/model-version.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { addVersion } from './add-version.js';
import {
  activeText,
  figuresLines,
  forcedLines,
  historyLine,
  modelsText,
  unstoredLines,
  versionLines,
} from './print.js';

export interface ActionOptions {
  readonly tenant: TenantId;
  readonly share: number;
  readonly force: boolean;
  readonly by: string | undefined;
  readonly json: boolean;
}

export type Act = (ports: RolloutPorts) => Promise<ExitStatus>;
type Action = (word: string | undefined, options: ActionOptions) => Act;

const add: Action = (word, options) => {
  if (word === undefined)
    throw new UsageError('Expected the folder of a model after add but received nothing');
  return async (ports) => say(`Stored ${nameOfVersion(await addVersion(word, requestOf(options), ports))}.`);
};

const list: Action = (word, { tenant }) => {
  requireNone(word);
  return async ({ store, tenants, known }) => {
    const stored = {
      pins: await store.list(),
      tenants: await tenants.list(),
      known: await known.list(tenant),
    };
    return say(...versionLines(stored));
  };
};

const show: Action = (word, { tenant, json }) => {
  requireNone(word);
  return async (ports) => {
    const models = await modelsOf(tenant, ports);
    const { active, shadow } = models;
    const figures = shadow && (await figuresOfTrial(tenant, { active, shadow }, ports.dayRecords));
    if (json) return say(JSON.stringify({ tenant, model: models, trial: figures }));
    const unstored = unstoredLines(models, await ports.store.list());
    return say(...modelsText(models), ...unstored, ...(figures ? figuresLines(figures) : []));
  };
};

const trial: Action = (word, { share, ...options }) => {
  if (word === 'none')
    return async (ports) => say(...modelsText(await endTrial(requestOf(options), ports)), 'on trial: none');
  const version = versionOf(word);
  return async (ports) =>
    say(...modelsText(await startTrial({ ...requestOf(options), version, share }, ports)));
};

const promotion: Action = (word, { force, ...options }) => {
  const version = word === undefined ? undefined : versionOf(word);
  const mode = force ? 'forced' : 'if-better';
  return async (ports) => {
    const outcome = await promote({ ...requestOf(options), version, mode }, ports);
    const name = nameOfVersion(outcome.model);
    if (outcome.kind === 'promoted')
      return say(`${name} labels from now on.`, ...forcedLines(outcome.against));
    for (const line of [`${name} was not promoted:`, ...outcome.because]) console.error(line);
    return EXIT.unfinished;
  };
};

const rollback: Action = (word, options) => {
  requireNone(word);
  return async (ports) => {
    const models = await rollBack(requestOf(options), ports);
    return say(`Rolled back: ${activeText(models)} labels from now on.`);
  };
};

const history: Action = (word, { tenant, json }) => {
  requireNone(word);
  return async ({ rollouts }) => {
    const entries = await rollouts.list(tenant);
    return say(...entries.map((entry) => (json ? JSON.stringify(entry) : historyLine(entry))));
  };
};

const at: Action = (word, { tenant }) => {
  const atMs = timeOf(word);
  return async (ports) => {
    const models = await modelsAt(tenant, atMs, ports);
    return say(`At ${new Date(atMs).toISOString()}: ${activeText(models)}`);
  };
};

const remove: Action = (word) => {
  const version = versionOf(word);
  return async (ports) => {
    await removeModel(version, ports);
    return say(`Removed ${nameOfVersion(version)}.`);
  };
};

const ACTIONS: Readonly<Record<string, Action>> = {
  add,
  list,
  show,
  trial,
  promote: promotion,
  rollback,
  history,
  at,
  remove,
};

/** @throws {UsageError} there is no such action, or its word is wrong */
export function actionOf([name = '', word]: readonly string[], options: ActionOptions): Act {
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action !== undefined) return action(word, options);
  throw new UsageError(`Expected one of ${Object.keys(ACTIONS).join(', ')} but received "${name}"`);
}

function requestOf({ tenant, by }: Pick<ActionOptions, 'tenant' | 'by'>) {
  return { tenant, by: by ?? userInfo().username };
}

function requireNone(word: string | undefined): void {
  if (word !== undefined) throw new UsageError(`Expected no further word but received "${word}"`);
}

function versionOf(word = ''): ModelVersion {
  const version = parseModelVersion(word);
  if (version !== undefined) return version;
  throw new UsageError(
    `Expected a version as ID@VERSION but received "${word}". Type: npm run models -- list`,
  );
}

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** @returns epoch milliseconds, of the past; a time without an offset is in UTC */
function timeOf(word = ''): number {
  const hasOffset = /(Z|[+-]\d\d:\d\d)$/.test(word.slice(10));
  const atMs = INSTANT.test(word)
    ? Date.parse(word.length > 10 && !hasOffset ? `${word}Z` : word)
    : Number.NaN;
  if (Number.isNaN(atMs))
    throw new UsageError(`Expected a time, as 2026-11-20T10:00Z, but received "${word}"`);
  if (atMs > systemClock.now())
    throw new UsageError(`Expected a time in the past but received "${word}". Type: npm run models -- show`);
  return atMs;
}

function say(...lines: readonly string[]): ExitStatus {
  for (const line of lines) console.log(line);
  return EXIT.done;
}
