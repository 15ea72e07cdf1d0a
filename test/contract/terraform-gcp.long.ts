/** deploy/gcp as terraform itself reads it, with stand-ins for Google's providers: nothing is made anywhere. */
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wardrobeDatabaseOf } from '@hangtag/functions/app/common-adapters.js';
import { parseConfig } from '@hangtag/shared/config.js';
import type { CloudSqlDatabase } from '@hangtag/wardrobe/data/cloud-sql.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { hasProgram } from '../support/has-program.js';
import { skip } from '../support/skip.js';
import { type Rehearsal, type Resource, rehearseGcp } from '../support/terraform/rehearse.js';

interface Topology {
  readonly functions: readonly {
    readonly name: string;
    readonly memory: string;
    readonly cpu: number;
    readonly concurrency: number;
    readonly maxInstances: number;
    readonly secrets: readonly string[];
    readonly roles: readonly { readonly role: string; readonly on: string }[];
  }[];
  readonly subscriptions: readonly { readonly name: string; readonly deadLetter?: object }[];
  readonly topics: readonly string[];
  readonly schedules: readonly object[];
  readonly wardrobeSecrets: readonly string[];
}

const topology = JSON.parse(readFileSync(fromRoot('deploy/topology.json'), 'utf8')) as Topology;

const VARIABLES = Object.entries({
  project: 'demo-shop',
  region: 'europe-west1',
  image: `europe-docker.pkg.dev/demo-shop/hangtag/hangtag@sha256:${'a'.repeat(64)}`,
  alert_email: 'on-call@example.com',
  domain: 'api.example.com',
  billing_account: '012345-6789AB-CDEF01',
  wardrobe: 'true',
  settings: '{"HANGTAG_ORGANISE":"copy","HANGTAG_SECOND_OPINION":"gemini"}',
  origins: '["https://app.example.com"]',
}).flatMap(([name, value]) => ['-var', `${name}=${value}`]);

describe('deploy/gcp', function () {
  this.timeout(180_000);
  let rehearsal: Rehearsal;
  let resources: readonly Resource[];

  const ofType = (type: string) => resources.filter((each) => each.type === type);
  const names = (type: string, attribute = 'name') => ofType(type).map(({ values }) => values[attribute]);

  before(async function () {
    if (!hasProgram('terraform')) skip(this, 'expected terraform on the PATH but found none');
    rehearsal = await rehearseGcp();
    await rehearsal.terraform('init', '-input=false');
    const applied = await rehearsal.terraform(
      'apply',
      '-auto-approve',
      '-input=false',
      '-parallelism=50',
      ...VARIABLES,
    );
    expect(applied.status, applied.text).to.equal(0);
    resources = await rehearsal.resources();
  });

  after(() => rehearsal?.[Symbol.dispose]());

  it('has one service and one account for each function of the table', () => {
    expect(names('google_cloud_run_v2_service')).to.have.length(topology.functions.length);
    const accounts = names('google_service_account', 'account_id');
    for (const { name } of topology.functions)
      expect(
        accounts.filter((id) => String(id).replaceAll('-', '') === `hangtag${name.toLowerCase()}`),
        name,
      ).to.have.length(1);
  });

  it('gives each function the declared memory, concurrency, instances and secrets', () => {
    for (const declared of topology.functions) {
      const service = resources.find(
        ({ address }) =>
          address === `module.functions.google_cloud_run_v2_service.function["${declared.name}"]`,
      );
      const template = first(service?.values['template']);
      const container = first(template['containers']);

      expect(first(container['resources'])['limits']).to.include({
        cpu: String(declared.cpu),
        memory: declared.memory.replace('iB', 'i'),
      });
      expect(template).to.include({ max_instance_request_concurrency: declared.concurrency });
      expect(first(template['scaling'])).to.include({ max_instance_count: declared.maxInstances });
      const variables = (container['env'] as { name: string; value: string | null }[]).filter(
        ({ value }) => value === null,
      );
      expect(variables.map(({ name }) => name).sort()).to.deep.equal([...declared.secrets].sort());
    }
  });

  it('has the secrets of the wardrobe, and roles on its database, only with a wardrobe', async () => {
    const withWardrobe = names('google_secret_manager_secret', 'secret_id');
    const plan = ['plan', '-input=false', '-no-color', ...VARIABLES, '-var', 'wardrobe=false'];
    const without = await rehearsal.terraform(...plan);

    expect(without.status, without.text).to.equal(0);
    const removed = without.text.matchAll(
      /google_secret_manager_secret\.secret\["(\w+)"\] will be destroyed/g,
    );
    expect([...removed].map(([, name]) => name)).to.have.members([...topology.wardrobeSecrets]);
    expect(without.text).to.match(
      /google_project_iam_member\.wardrobe\["api roles\/cloudsql\.client .*will be destroyed/,
    );
    expect(withWardrobe).to.include.members([...topology.wardrobeSecrets, 'HANGTAG_SIGNING_KEY']);
  });

  it('grants each role of the table and no other', () => {
    // A role on secrets is on those that the function gets.
    const declared = topology.functions.flatMap(({ roles, secrets }) => [
      ...roles.filter(({ on }) => !on.endsWith('-secrets')).map(({ role }) => role),
      ...secrets.map(() => 'roles/secretmanager.secretAccessor'),
    ]);
    const granted = resources
      .filter(({ address }) => /^module\.functions\..*_iam_member\.(?!public)/.test(address))
      .map(({ values }) => values['role']);

    expect(granted.sort()).to.deep.equal(declared.sort());
  });

  it('lets the functions that label read the bucket of models, the one that learns write it, and names it in their settings', () => {
    const readers = ofType('google_storage_bucket_iam_member').filter(
      ({ values }) => values['bucket'] === 'demo-shop-hangtag-models',
    );
    const service = resources.find(({ address }) => address.endsWith('function["classify"]'));
    const container = first(first(service?.values['template'])['containers']);

    const named = topology.functions.filter(({ roles }) => roles.some(({ on }) => on === 'model-bucket'));
    expect(named.map(({ name }) => name)).to.include.members(['api', 'classify']);
    expect(readers.map(({ values }) => values['role'])).to.have.members(
      named.map(({ name }) => (name === 'learn' ? 'roles/storage.objectUser' : 'roles/storage.objectViewer')),
    );
    expect(container['env']).to.deep.include.members([
      { name: 'HANGTAG_MODEL_STORE', value: 'gs://demo-shop-hangtag-models/models', value_source: [] },
    ]);
  });

  it('lets the functions with roles on the database of the wardrobe sign in to it, and no other function', () => {
    const named = topology.functions.filter(({ roles }) =>
      roles.some(({ on }) => on === 'wardrobe-database'),
    );
    const [instance] = ofType('google_sql_database_instance');
    const connections = ofType('google_cloud_run_v2_service').flatMap(({ values }) => {
      const env = first(first(values['template'])['containers'])['env'] as { name: string; value: unknown }[];
      const value = env.find(({ name }) => name === 'HANGTAG_CLOUD_SQL_INSTANCE')?.value;
      return value === undefined ? [] : [{ service: values['name'], value }];
    });
    const place = wardrobeDatabaseOf(
      parseConfig({ HANGTAG_CLOUD_SQL_INSTANCE: 'demo-shop:europe-west1:hangtag-wardrobe' }),
    );
    const [userName] = names('google_sql_user');
    const roles = resources.filter(({ address }) => address.includes('google_project_iam_member.wardrobe['));

    expect(named.map(({ name }) => name)).to.deep.equal(['api']);
    expect(connections).to.deep.equal([
      { service: 'hangtag-api', value: instance?.values['connection_name'] },
    ]);
    // The stand-in makes up the address of the account. Google's is ID@PROJECT.iam.gserviceaccount.com.
    const account = ofType('google_service_account').find(({ values }) => values['email'] === userName);
    expect((place as CloudSqlDatabase).user).to.equal(`${account?.values['account_id']}@demo-shop.iam`);
    expect(names('google_sql_database')).to.deep.equal([(place as CloudSqlDatabase).database]);
    expect(roles).to.have.length(2);
    for (const { values } of roles)
      expect(first(values['condition'])['expression']).to.include(
        '"projects/demo-shop/instances/hangtag-wardrobe"',
      );
  });

  it('limits access to the database and to reports by a condition', () => {
    const conditioned = [
      ...ofType('google_project_iam_member'),
      ...ofType('google_storage_bucket_iam_member'),
    ].filter(
      ({ values }) =>
        values['role'] === 'roles/datastore.user' ||
        (values['role'] === 'roles/storage.objectUser' && String(values['bucket']).includes('reports')),
    );

    expect(conditioned).to.have.length.above(2);
    for (const { address, values } of conditioned) expect(values['condition'], address).to.have.length(1);
  });

  it('has a dead letter policy where the table has one, and the grants without which it does nothing', () => {
    const withPolicy = topology.subscriptions.filter(({ deadLetter }) => deadLetter).map(({ name }) => name);
    const made = ofType('google_pubsub_subscription').filter(
      ({ values }) => (values['dead_letter_policy'] as object[]).length === 1,
    );

    expect(made.map(({ values }) => values['name'])).to.have.members(withPolicy);
    expect(names('google_pubsub_subscription_iam_member', 'subscription')).to.have.members(withPolicy);
    expect(
      ofType('google_pubsub_topic_iam_member').filter(({ address }) => address.includes('dead_letters')),
    ).to.have.length(1);
  });

  it('pushes messages to an address with the topic in its path, where functions-framework reads it', () => {
    for (const { values } of ofType('google_pubsub_subscription'))
      expect(first(values['push_config'])['push_endpoint']).to.match(
        /\/projects\/demo-shop\/topics\/[a-z-]+$/,
      );
  });

  it('makes the topics, the schedules, the indexes and the rules of the project', () => {
    const indexes = JSON.parse(readFileSync(fromRoot('firestore.indexes.json'), 'utf8'));

    expect(names('google_pubsub_topic')).to.have.members([...topology.topics]);
    expect(ofType('google_cloud_scheduler_job')).to.have.length(topology.schedules.length);
    expect(ofType('google_firestore_index')).to.have.length(indexes.indexes.length);
    expect(ofType('google_firestore_field')).to.have.length(indexes.fieldOverrides.length);
    expect(names('google_firebaserules_release')).to.include('cloud.firestore');
  });

  it('lets nobody reach a bucket without IAM, and keeps deleted objects for a week', () => {
    for (const { values } of ofType('google_storage_bucket')) {
      expect(values).to.include({
        uniform_bucket_level_access: true,
        public_access_prevention: 'enforced',
        force_destroy: false,
      });
      expect(first(values['soft_delete_policy'])).to.include({ retention_duration_seconds: 604_800 });
    }
  });

  it('makes service agents and waits for their grants before anything depends on them', () => {
    const made = rehearsal.made();
    const lastAgent = made.lastIndexOf('google_project_service_identity');
    const wait = made.indexOf('time_sleep');

    expect(made.lastIndexOf('google_project_service')).to.be.below(
      made.indexOf('google_project_service_identity'),
    );
    expect(lastAgent).to.be.below(wait);
    for (const type of [
      'google_eventarc_trigger',
      'google_pubsub_subscription',
      'google_pubsub_subscription_iam_member',
    ])
      expect(made.indexOf(type), type).to.be.above(wait);
  });

  it('has nothing left to change after it was applied', async () => {
    const plan = await rehearsal.terraform(
      'plan',
      '-detailed-exitcode',
      '-input=false',
      '-parallelism=50',
      ...VARIABLES,
    );

    expect(plan.status, plan.text).to.equal(0);
  });

  it('refuses a project, an image and a setting that cannot be right', async () => {
    const wrong = [
      '-var',
      'project=X',
      '-var',
      'region=europe',
      '-var',
      'image=hangtag:latest',
      '-var',
      'settings={"BUCKET":"b"}',
    ];

    const plan = await rehearsal.terraform('plan', '-input=false', '-refresh=false', ...wrong);

    expect(plan.status).to.equal(1);
    for (const name of ['project', 'region', 'image', 'settings'])
      expect(plan.text.replaceAll(/\s+/g, ' ')).to.contain(`for ${name} but received`);
  });

  it('would be refused with a misspelt argument, a missing one or a wrong block (control)', async () => {
    const file = join(rehearsal.folder, 'modules', 'edge', 'main.tf');
    const text = await readFile(file, 'utf8');
    const edits = [
      ['sample_rate = 0.1', 'sampel_rate = 0.1', 'Unsupported argument'],
      ['    domains = [var.domain]\n', '', 'Missing required argument'],
      ['  cdn_policy {', '  cdn_polcy {', 'Unsupported block type'],
    ] as const;

    for (const [from, to, message] of edits) {
      await writeFile(file, text.replace(from, to));
      const validated = await rehearsal.terraform('validate');
      expect(validated.text).to.contain(message);
    }
    await writeFile(file, text);
  });
});

function first(blocks: unknown): Readonly<Record<string, unknown>> {
  return (blocks as Readonly<Record<string, unknown>>[])[0] ?? {};
}
