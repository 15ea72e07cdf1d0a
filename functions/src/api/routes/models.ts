/**
 * Versions of models, and which one labels for the caller's tenant: the actions of `npm run models`.
 *
 * A model can contain pictures of the tenant that it was learned from. So the default tenant's administrators, who operate the
 * installation, use every stored version; those of another tenant the versions in the tenant's history.
 */
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import {
  LEARNING_FAULTS,
  LEARNING_STATES,
  LEARNING_STEPS,
  type LearningRun,
} from '@hangtag/shared/domain/learning-run.js';
import {
  isSameVersion,
  type ModelPin,
  nameOfVersion,
  parseModelVersion,
  type TenantModels,
} from '@hangtag/shared/domain/model-version.js';
import { ROLLOUT_ACTIONS, type Rollout } from '@hangtag/shared/domain/rollout.js';
import { InputError } from '@hangtag/shared/errors.js';
import { z } from '@hono/zod-openapi';
import { startRun } from '../../learn/start-run.js';
import {
  endTrial,
  modelsOf,
  promote,
  type RolloutPorts,
  type RolloutRequest,
  rollBack,
  startTrial,
} from '../../models/handler.js';
import { figuresOfTrial } from '../../models/trial-figures.js';
import type { Mount } from '../api-env.js';
import { callersWith, type Identity } from '../identity.js';
import { Refusal } from '../refusal.js';
import { defineRoute, json, jsonBody, optionalJsonBody } from '../route.js';
import { Timestamp, timeOf } from '../schemas.js';

const Version = z
  .string()
  .refine((text) => parseModelVersion(text) !== undefined, 'Expected ID@VERSION')
  .openapi({ example: 'my-shop@1.0.0' });
const Pin = z.object({ id: z.string(), version: z.string(), digest: z.string() }).openapi('ModelPin');
const Share = z.number().min(0).max(1).openapi({ description: 'Part of the images, 0 to 1' });
const Shadow = Pin.extend({ share: Share }).openapi('ModelOnTrial');
const InUse = z
  .object({
    /** Null: the model of the installation. */
    active: orNull(Pin),
    previous: orNull(Pin),
    shadow: orNull(Shadow),
  })
  .openapi('ModelsInUse');

const Both = z.object({ active: z.number(), shadow: z.number() }).openapi('ValueOfBothModels');
const Interval = z.tuple([z.number(), z.number()]).readonly().openapi({
  description: '95 % bootstrap interval of the difference of the accuracies',
});
const Quality = z.object({ accuracy: z.number(), ece: z.number() }).openapi('ModelQuality');
const Trial = z
  .object({
    images: z.int(),
    agreement: z.number().nullable(),
    flips: z
      .array(
        z.object({ from: z.string(), to: z.string(), n: z.int(), examples: z.array(z.string()).readonly() }),
      )
      .readonly(),
    inferMs: orNull(Both),
    judged: z
      .object({
        ...{ n: z.int(), active: Quality, shadow: Quality, difference: z.number(), interval: Interval },
        classes: z.array(Both.extend({ category: z.string(), n: z.int() })).readonly(),
      })
      .nullable(),
  })
  .openapi('Trial');

const Evidence = z.object({
  ...{ images: z.int(), agreement: z.number(), judged: z.int() },
  ...{ activeAccuracy: z.number().nullable(), shadowAccuracy: z.number().nullable() },
  interval: Interval.nullable(),
});
const HistoryEntry = z
  .object({
    ...{ n: z.int(), at: Timestamp, by: z.string(), action: z.enum(ROLLOUT_ACTIONS), model: InUse },
    evidence: Evidence.nullable(),
    against: z
      .array(z.string())
      .readonly()
      .openapi({ description: 'What spoke against a promotion that was forced' }),
  })
  .openapi('Rollout');

const list = defineRoute(callersWith('admin'), {
  method: 'get',
  path: '/v1/models',
  tags: ['Models'],
  operationId: 'getModels',
  summary: 'Versions, the models in use, the figures of the trial, and the history',
  responses: {
    200: json(
      'The models of the tenant',
      InUse.extend({
        versions: z.array(Pin).readonly().openapi({ description: 'Those that the caller may use' }),
        trial: orNull(Trial),
        history: z.array(HistoryEntry).openapi({ description: 'The latest change first' }),
      }).openapi('Models'),
    ),
  },
});

const start = defineRoute(callersWith('admin'), {
  method: 'post',
  path: '/v1/models/trial',
  tags: ['Models'],
  operationId: 'startTrial',
  summary: 'Label a share of the images with another version too; its answers are only compared',
  request: { body: jsonBody(z.object({ model: Version, share: Share.default(0.1) })) },
  responses: { 200: json('The models in use', InUse) },
});

const end = defineRoute(callersWith('admin'), {
  method: 'delete',
  path: '/v1/models/trial',
  tags: ['Models'],
  operationId: 'endTrial',
  summary: 'End the trial; the active model stays',
  responses: { 200: json('The models in use', InUse) },
});

const promotion = defineRoute(callersWith('admin'), {
  method: 'post',
  path: '/v1/models/promotion',
  tags: ['Models'],
  operationId: 'promoteModel',
  summary: 'Label with a version from now on',
  description:
    'It is refused with 409 and the reasons if the trial does not show that the version is better.',
  request: {
    body: optionalJsonBody(
      z.object({
        model: Version.optional().openapi({ description: 'Absent: the version on trial' }),
        isForced: z.boolean().default(false).openapi({
          description: 'Promote it nevertheless; the history keeps what spoke against it',
        }),
      }),
    ),
  },
  responses: { 200: json('The models in use', InUse) },
});

const back = defineRoute(callersWith('admin'), {
  method: 'post',
  path: '/v1/models/rollback',
  tags: ['Models'],
  operationId: 'rollBackModel',
  summary: 'Label with the former version again',
  responses: { 200: json('The models in use', InUse) },
});

const Rate = Share.nullable();
const LearnedClass = z.object({
  ...{ label: z.string(), n: z.int(), precision: Rate, recall: Rate },
  recallBefore: Rate.openapi({ description: 'Of the model that it comes from' }),
});
const Run = z
  .object({
    ...{ id: z.string(), by: z.string(), queuedAt: Timestamp, updatedAt: Timestamp },
    state: z.enum(LEARNING_STATES),
    step: z.enum(LEARNING_STEPS),
    done: z.int().openapi({ description: 'Pictures that were embedded' }),
    total: z.int().openapi({ description: 'Pictures that are learned; 0 until they are known' }),
    notes: z.array(z.string()).readonly(),
    fault: z.enum(LEARNING_FAULTS).nullable().openapi({ description: 'Why it was refused' }),
    message: z.string().nullable(),
    reviewers: z
      .array(z.string())
      .readonly()
      .openapi({ description: 'Whose corrections are the reason of `one-label`' }),
    figures: orNull(
      z
        .object({
          n: z.int(),
          accuracy: Rate,
          accuracyBefore: Rate,
          classes: z.array(LearnedClass).readonly(),
        })
        .openapi('LearningFigures', { description: 'Cross-validated, on the judged images' }),
    ),
    model: z.object({ id: z.string(), version: z.string() }).nullable(),
  })
  .openapi('LearningRun');

const learning = defineRoute(callersWith('admin'), {
  method: 'post',
  path: '/v1/models/learning',
  tags: ['Models'],
  operationId: 'learn',
  summary: 'Learn from the judged images of the tenant; the new version goes on trial',
  description: 'It is refused with 409 while a run of the tenant is under way.',
  request: {
    body: optionalJsonBody(
      z.object({
        min: z.int().min(2).default(20).openapi({ description: 'Images that a new label needs' }),
        share: Share.default(0.1),
        trusted: z.array(z.string().max(200)).max(100).default([]).openapi({
          description: 'Reviewers whose corrections are learned though all are to one label',
        }),
      }),
    ),
  },
  responses: { 202: json('The run', Run) },
});

const lastLearning = defineRoute(callersWith('admin'), {
  method: 'get',
  path: '/v1/models/learning',
  tags: ['Models'],
  operationId: 'getLearning',
  summary: 'The last run of learning: how far it is, or what came of it',
  responses: { 200: json('The run', Run) },
});

export const mountModels: Mount = (api, { app }) => {
  api.openapi(list, async (context) => {
    const { tenant } = context.get('identity');
    const ports = await app.rollouts();
    const models = await knownModels(tenant, ports);
    const { active, shadow } = models;
    const [history, trial] = await Promise.all([
      ports.rollouts.list(tenant),
      shadow && figuresOfTrial(tenant, { active, shadow }, ports.dayRecords),
    ]);
    const versions = await usableVersions(tenant, ports);
    return context.json({ ...models, versions, trial, history: history.map(historyEntry) }, 200);
  });

  api.openapi(start, async (context) => {
    const { model, share } = context.req.valid('json');
    const models = await change(context.get('identity'), async (request, ports) =>
      startTrial({ ...request, version: await usableVersion(model, request.tenant, ports), share }, ports),
    );
    return context.json(models, 200);
  });

  api.openapi(end, async (context) => context.json(await change(context.get('identity'), endTrial), 200));

  api.openapi(promotion, async (context) => {
    const { model, isForced = false } = context.req.valid('json') ?? {};
    const mode = isForced ? 'forced' : 'if-better';
    const models = await change(context.get('identity'), async (request, ports) => {
      const version = model === undefined ? undefined : await usableVersion(model, request.tenant, ports);
      const outcome = await promote({ ...request, version, mode }, ports);
      if (outcome.kind === 'refused') throw new Refusal('conflict', outcome.because.join('\n'));
    });
    return context.json(models, 200);
  });

  api.openapi(learning, async (context) => {
    const { tenant, subject } = context.get('identity');
    await knownModels(tenant, await app.rollouts());
    const { min = 20, share = 0.1, trusted = [] } = context.req.valid('json') ?? {};
    const request = { by: subject.id, min, share, trusted };
    const run = await startRun(tenant, request, await app.learningStart()).catch(asConflict);
    return context.json(learningAnswer(run), 202);
  });

  api.openapi(lastLearning, async (context) => {
    const { tenant } = context.get('identity');
    const found = await (await app.learningStart()).runs.get(tenant);
    if (found?.run === undefined) throw new Refusal('not-found', 'Expected a run of learning but found none');
    return context.json(learningAnswer(found.run), 200);
  });

  api.openapi(back, async (context) => context.json(await change(context.get('identity'), rollBack), 200));

  /** @returns the models that are in use afterwards @throws {Refusal} `conflict`: the state of the models forbids it */
  async function change(
    { tenant, subject }: Identity,
    act: (request: RolloutRequest, ports: RolloutPorts) => Promise<unknown>,
  ): Promise<TenantModels> {
    const ports = await app.rollouts();
    await knownModels(tenant, ports);
    await act({ tenant, by: subject.id }, ports).catch(asConflict);
    return modelsOf(tenant, ports);
  }
};

async function knownModels(tenant: TenantId, ports: RolloutPorts): Promise<TenantModels> {
  return modelsOf(tenant, ports).catch((error: unknown) => {
    throw error instanceof InputError ? new Refusal('not-found', error.message) : error;
  });
}

async function usableVersions(
  tenant: TenantId,
  { store, rollouts }: RolloutPorts,
): Promise<readonly ModelPin[]> {
  const stored = await store.list();
  if (tenant === DEFAULT_TENANT) return stored;
  const named = (await rollouts.list(tenant)).flatMap(({ model }) => Object.values(model));
  return stored.filter((pin) => named.some((each) => each !== null && isSameVersion(each, pin)));
}

async function usableVersion(text: string, tenant: TenantId, ports: RolloutPorts): Promise<ModelPin> {
  const found = (await usableVersions(tenant, ports)).find((pin) => nameOfVersion(pin) === text);
  if (found !== undefined) return found;
  throw new Refusal('not-found', `Expected a stored version but found no ${text}`);
}

function historyEntry({ at, ...entry }: Rollout): z.infer<typeof HistoryEntry> {
  return { ...entry, at: timeOf(at) };
}

function learningAnswer({
  queuedAt,
  updatedAt,
  min,
  share,
  trusted,
  ...run
}: LearningRun): z.infer<typeof Run> {
  return { ...run, queuedAt: timeOf(queuedAt), updatedAt: timeOf(updatedAt) };
}

function asConflict(error: unknown): never {
  const isRefusal = error instanceof Refusal || !(error instanceof InputError);
  throw isRefusal ? error : new Refusal('conflict', error.message);
}

/** `nullable()` would make the shared schema nullable everywhere in openapi.json. */
function orNull<S extends z.ZodType>(schema: S) {
  return z.union([schema, z.null()]);
}
