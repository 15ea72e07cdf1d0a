/**
 * Every function of Hangtag: its trigger, resources, roles and handler. Everything else is made
 * from this list: the declarations for `firebase deploy` and the emulator suite (declare), topics, subscriptions, schedules
 * and roles (topology), and what the local and the embedded stack run. To add a function, add an entry.
 */

import { ALERT_SECRETS, OPINION_SECRETS } from '@hangtag/shared/config.js';
import { sendModelAlert } from '../alerts/model-alert.js';
import type { App } from '../app/app.js';
import { classifyCommand } from '../classify/command.js';
import { classify } from '../classify/handler.js';
import { deadLetter } from '../dead-letter/handler.js';
import { ingestCommand, type ObjectEventKind } from '../ingest/command.js';
import { ingest } from '../ingest/handler.js';
import { organise } from '../organise/handler.js';
import { answerSweep, watchSweep } from '../sweep/answer.js';
import { sweepLine } from '../sweep/outcome.js';
import { resumeSweep, sweepNightly } from '../sweep/scheduled.js';
import { sendSlowSweepAlert } from '../sweep/slow-sweep-alert.js';
import type {
  EventEntry,
  FunctionEntry,
  FunctionEvent,
  ListenerEntry,
  RequestEntry,
  Role,
  ScheduleEntry,
} from './function-entry.js';
import type { Context } from './middleware.js';
import {
  ALONE,
  ANSWERING,
  INGEST_INSTANCES,
  LABELLING,
  LABELLING_BACKLOG,
  LEARNING,
  LIGHT,
  RECORDING,
} from './resources.js';

const database = (why: string): Role => ({ role: 'roles/datastore.user', on: 'database', why });
const onImages = (role: 'objectViewer' | 'objectCreator' | 'objectUser', why: string): Role => ({
  role: `roles/storage.${role}`,
  on: 'image-bucket',
  why,
});
const readImages = (why: string): Role => onImages('objectViewer', why);
const changeImages = (why: string): Role => onImages('objectUser', why);
const publish = (why: string, ...topics: Extract<Role['on'], object>['topics']): Role => ({
  role: 'roles/pubsub.publisher',
  on: { topics },
  why,
});
const alertSecrets = (why: string): Role => ({
  role: 'roles/secretmanager.secretAccessor',
  on: 'alert-secrets',
  why,
});

/** For the functions with the guard of the daily limit, which sends an alert when the limit is reached. */
const INGESTING = { ...RECORDING, secrets: ALERT_SECRETS };

const LIMIT_ALERT = alertSecrets('sends an alert when the limit of a day is reached');

function ingestEvent(event: ObjectEventKind) {
  return async ({ data }: FunctionEvent, app: App) =>
    ingest(ingestCommand(event, data, app.config.HANGTAG_BUCKET), await app.ingest());
}

const ingestFinalized: EventEntry = {
  name: 'ingest',
  trigger: { kind: 'object', event: 'finalized' },
  resources: { ...INGESTING, maxInstances: INGEST_INSTANCES },
  roles: [
    database('creates records'),
    publish('queues images', 'HANGTAG_UPLOADED_TOPIC', 'HANGTAG_BACKFILL_TOPIC'),
    LIMIT_ALERT,
  ],
  start: (app) => app.ingest(),
  handle: ingestEvent('finalized'),
};

const GONE_ROLES = [
  database('marks records whose object is gone; it publishes nothing'),
  changeImages('looks whether a newer generation replaced the object, and deletes its thumbnail'),
  LIMIT_ALERT,
];

const ingestDeleted: EventEntry = {
  name: 'ingestDeleted',
  trigger: { kind: 'object', event: 'deleted' },
  resources: INGESTING,
  roles: GONE_ROLES,
  start: (app) => app.ingest(),
  handle: ingestEvent('deleted'),
};

/** In a versioned bucket, deletions and moves archive an object. */
const ingestArchived: EventEntry = {
  name: 'ingestArchived',
  trigger: { kind: 'object', event: 'archived' },
  resources: INGESTING,
  roles: GONE_ROLES,
  start: (app) => app.ingest(),
  handle: ingestEvent('archived'),
};

/** Takes over an owner or a reference that is set after the upload. */
const ingestMetadata: EventEntry = {
  name: 'ingestMetadata',
  trigger: { kind: 'object', event: 'metadataUpdated' },
  resources: INGESTING,
  roles: [
    database('records an owner or a reference that was set after the upload'),
    readImages('reads the metadata that the object has now'),
    publish(
      'queues the image if this event arrives before the event of the upload',
      'HANGTAG_UPLOADED_TOPIC',
      'HANGTAG_BACKFILL_TOPIC',
    ),
    LIMIT_ALERT,
  ],
  start: (app) => app.ingest(),
  handle: ingestEvent('metadataUpdated'),
};

const READ_MODELS: Role = {
  role: 'roles/storage.objectViewer',
  on: 'model-bucket',
  why: 'downloads the models that tenants have',
};

const LABELLING_ROLES = [
  readImages('reads the one generation that it labels'),
  onImages(
    'objectCreator',
    'stores thumbnails, if a tenant has them; it can neither replace nor delete an object',
  ),
  database('reads and settles one record'),
  publish('announces labels, if that is configured', 'HANGTAG_LABELED_TOPIC'),
  alertSecrets('sends an alert when a model is refused'),
  READ_MODELS,
];

/** Loads the model before the first image, and reports whether it may serve. */
export async function startLabelling(app: App): Promise<void> {
  await app.classify();
  const models = await app.models();
  const refusal = await models.ready().then(
    () => undefined,
    (error: unknown) => error,
  );
  await sendModelAlert(refusal, await app.alerts()).catch((error: unknown) =>
    app.log.error({ function: 'alerts', outcome: 'not-sent', err: error }),
  );
  if (refusal !== undefined) throw refusal;
}

async function classifyUpload({ data }: FunctionEvent, app: App, { signal }: Context) {
  return classify(classifyCommand(data, app.config.HANGTAG_BUCKET), await app.classify(), signal);
}

/** There is no slower lane, so every image is labelled here, and its processor time counts for no lane. */
async function classifyBacklog({ data }: FunctionEvent, app: App, { signal }: Context) {
  const { surge, ...ports } = await app.classify();
  return classify(classifyCommand(data, app.config.HANGTAG_BUCKET), ports, signal);
}

const classifyUploads: EventEntry = {
  name: 'classify',
  trigger: { kind: 'message', topic: 'HANGTAG_UPLOADED_TOPIC', deadLetter: 'HANGTAG_DEAD_LETTER_TOPIC' },
  resources: LABELLING,
  roles: [
    ...LABELLING_ROLES,
    publish('hands images of a tenant in a surge to the other lane', 'HANGTAG_BACKFILL_TOPIC'),
  ],
  start: startLabelling,
  handle: classifyUpload,
};

/** The same work on separate instances, so that uploads never wait for a backlog. */
const classifyBackfill: EventEntry = {
  name: 'classifyBackfill',
  trigger: {
    kind: 'message',
    topic: 'HANGTAG_BACKFILL_TOPIC',
    deadLetter: 'HANGTAG_DEAD_LETTER_TOPIC',
    yieldsTo: 'classify',
  },
  resources: LABELLING_BACKLOG,
  roles: LABELLING_ROLES,
  start: startLabelling,
  handle: classifyBacklog,
};

const deadLetters: EventEntry = {
  name: 'deadLetter',
  trigger: { kind: 'message', topic: 'HANGTAG_DEAD_LETTER_TOPIC' },
  resources: { ...LIGHT, maxInstances: 10 },
  roles: [database('parks the image')],
  start: (app) => app.deadLetter(),
  handle: async ({ data }, app) =>
    deadLetter(classifyCommand(data, app.config.HANGTAG_BUCKET), await app.deadLetter()),
};

/** Files settled images by what they show. */
const organiseImages: EventEntry = {
  name: 'organise',
  trigger: { kind: 'message', topic: 'HANGTAG_LABELED_TOPIC', deadLetter: 'HANGTAG_DEAD_LETTER_TOPIC' },
  resources: LIGHT,
  onlyWith: 'HANGTAG_ORGANISE',
  roles: [
    changeImages('copies a settled image, and removes what it moved'),
    database('reads the record, and writes into it that its object was moved'),
  ],
  handle: async ({ data }, app) =>
    organise(classifyCommand(data, app.config.HANGTAG_BUCKET).message, await app.organise()),
};

/** Asks a vision model about images that wait for a person. One at a time, because the limit of a day is read before each. */
const secondOpinions: EventEntry = {
  name: 'secondOpinion',
  trigger: { kind: 'message', topic: 'HANGTAG_LABELED_TOPIC', deadLetter: 'HANGTAG_DEAD_LETTER_TOPIC' },
  resources: { ...ALONE, timeoutSeconds: 120, secrets: OPINION_SECRETS },
  onlyWith: 'HANGTAG_SECOND_OPINION',
  roles: [
    readImages('reads the picture that it asks about'),
    database('reads the record, and writes the opinion beside its labels'),
    READ_MODELS,
    {
      role: 'roles/secretmanager.secretAccessor',
      on: 'opinion-secrets',
      why: 'calls the endpoint of the vision model',
    },
  ],
  handle: async ({ data }, app) => {
    const { giveOpinion } = await import('../opinion/handler.js');
    return giveOpinion(classifyCommand(data, app.config.HANGTAG_BUCKET).message, await app.secondOpinion());
  },
};

/** On demand of an administrator: a new version of the model from the judged images of a tenant. */
const learning: EventEntry = {
  name: 'learn',
  trigger: { kind: 'message', topic: 'HANGTAG_LEARN_TOPIC' },
  resources: LEARNING,
  roles: [
    readImages('reads the judged images'),
    database('reads the judged records, writes how far the run is, and puts the new version on trial'),
    {
      role: 'roles/storage.objectUser',
      on: 'model-bucket',
      why: 'reads the model that the new version comes from, and stores the new version',
    },
  ],
  handle: async ({ data }, app, { signal }) => {
    const { learn, learnCommand } = await import('../learn/handler.js');
    return learn(learnCommand(data), await app.learn(), signal);
  },
};

const SWEEPING_ROLES = [
  changeImages('lists and looks up objects, and deletes thumbnails of images that are gone'),
  database('proves and repairs records, keeps its cursor'),
  publish('queues what was missed', 'HANGTAG_BACKFILL_TOPIC'),
  alertSecrets('sends alerts about limits and slow sweeps'),
];

const sweepAtNight: ScheduleEntry = {
  name: 'sweep',
  trigger: { kind: 'schedule', cron: '0 2 * * *', retries: 0 },
  resources: ALONE,
  roles: SWEEPING_ROLES,
  handle: async ({ scheduleTime }, app, { signal }) => {
    const nightly = { bucket: app.config.HANGTAG_BUCKET, scheduleTime };
    const result = await sweepNightly(nightly, await sweepPorts(app, signal), watchSweep);
    await sendSlowSweepAlert(result, await app.alerts());
    return sweepLine(result);
  },
};

/** Continues a sweep that ran out of time or was killed, and requeues what a failing model deferred. */
const sweepResume: ScheduleEntry = {
  name: 'sweepResume',
  trigger: { kind: 'schedule', cron: '*/10 * * * *', retries: 0 },
  resources: ALONE,
  roles: SWEEPING_ROLES,
  handle: async (_, app, { signal }) => {
    const result = await resumeSweep(app.config.HANGTAG_BUCKET, await sweepPorts(app, signal), watchSweep);
    await sendSlowSweepAlert(result, await app.alerts());
    return result === undefined ? { outcome: 'nothing-unfinished' } : sweepLine(result);
  },
};

/** On demand: `{bucket?, prefix?, reason?, dryRun?}` or `{bucket?, action}`. */
const sweepNow: RequestEntry = {
  name: 'sweepNow',
  trigger: { kind: 'request' },
  resources: ALONE,
  roles: SWEEPING_ROLES,
  handle: async (request, app, { signal }) =>
    answerSweep(request, await sweepPorts(app, signal), app.config.HANGTAG_BUCKET),
};

async function sweepPorts(app: App, signal: AbortSignal) {
  return { ...(await app.sweep()), signal };
}

const REPORTING_ROLES: readonly Role[] = [
  database('reads a day, keeps the report'),
  readImages('counts objects, makes thumbnails of pictures to review'),
  {
    role: 'roles/storage.objectUser',
    on: 'report-bucket',
    why: 'writes and replaces report files, on condition that the name starts with `reports/`',
  },
  publish('announces a report', 'HANGTAG_REPORT_TOPIC'),
  alertSecrets('sends the alerts of a report'),
];

/** Every hour: a day ends at another hour in every time zone, and a tick that was missed is made up for by the next. */
const report: ScheduleEntry = {
  name: 'report',
  trigger: { kind: 'schedule', cron: '30 * * * *', retries: 3 },
  resources: ALONE,
  roles: REPORTING_ROLES,
  handle: async (_, app, { signal }) => {
    const { reportWhatIsDue } = await import('../report/schedule.js');
    return reportWhatIsDue({ ...(await app.report()), signal });
  },
};

/** On demand: POST `{day?, tenant?}`; without a day, yesterday. */
const reportNow: RequestEntry = {
  name: 'reportNow',
  trigger: { kind: 'request' },
  resources: ALONE,
  roles: REPORTING_ROLES,
  handle: async (request, app, { signal }) => {
    const { answerReport } = await import('../report/on-demand.js');
    return answerReport(request, { ...(await app.report()), signal });
  },
};

/** A separate function, because a report that does not run cannot send an alert. */
const heartbeats: ScheduleEntry = {
  name: 'heartbeat',
  trigger: { kind: 'schedule', cron: '10 * * * *', retries: 0 },
  resources: { ...LIGHT, maxInstances: 1, secrets: ALERT_SECRETS },
  roles: [database('looks for the last report'), alertSecrets('sends an alert when no report came')],
  handle: async (_, app) => {
    const { heartbeat } = await import('../alerts/heartbeat.js');
    return heartbeat(await app.heartbeat());
  },
};

const ANSWERING_ROLES: readonly Role[] = [
  database('reads, corrects and requeues records; keeps API keys and the cursor of sweeps'),
  changeImages('signs uploads and downloads, deletes an image on request, sweeps'),
  { role: 'roles/storage.objectViewer', on: 'report-bucket', why: 'shows the files of reports' },
  {
    role: 'roles/iam.serviceAccountTokenCreator',
    on: 'own-account',
    why: 'signs URLs without a key file',
  },
  { role: 'roles/firebaseauth.viewer', on: 'project', why: 'looks whether an administrator was disabled' },
  publish('queues images again, starts learning', 'HANGTAG_BACKFILL_TOPIC', 'HANGTAG_LEARN_TOPIC'),
  alertSecrets('sends an alert when a model is refused or a limit is reached'),
  {
    role: 'roles/secretmanager.secretAccessor',
    on: 'signing-secrets',
    why: 'signs the manifest of the model',
  },
  {
    role: 'roles/secretmanager.secretAccessor',
    on: 'wardrobe-secrets',
    why: 'reads the Google Calendar of a person who agreed, and calls the endpoint that ranks outfits',
  },
  { role: 'roles/cloudsql.client', on: 'wardrobe-database', why: 'connects to the database of the wardrobe' },
  { role: 'roles/cloudsql.instanceUser', on: 'wardrobe-database', why: 'signs in to it without a password' },
  READ_MODELS,
];

/** The HTTP API. It has packages of its own, which no other function loads. */
const api: ListenerEntry = {
  name: 'api',
  trigger: { kind: 'public-request' },
  resources: ANSWERING,
  roles: ANSWERING_ROLES,
  start: startLabelling,
  listener: async (app) => (await import('../api/every-route.js')).listenerOfEveryRoute(app),
};

export const FUNCTIONS: readonly FunctionEntry[] = [
  ingestFinalized,
  ingestDeleted,
  ingestArchived,
  ingestMetadata,
  classifyUploads,
  classifyBackfill,
  deadLetters,
  organiseImages,
  secondOpinions,
  learning,
  sweepAtNight,
  sweepResume,
  sweepNow,
  report,
  reportNow,
  heartbeats,
  api,
];
