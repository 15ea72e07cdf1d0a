/**
 * `npm run deploy` with programs of the same names that record their calls in place of terraform, gcloud, docker, firebase and npm.
 * Nothing is deployed.
 */
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeCost, lostData } from '@hangtag/tools/deploy/monthly-cost.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const COMMAND = fromRoot('tools/dist/deploy-command.js');
const IMAGE = `europe-west1-docker.pkg.dev/demo-shop/hangtag/hangtag@sha256:${'b'.repeat(64)}`;
const FORMER = IMAGE.replaceAll('b', 'c');
const TARGET = ['--project', 'demo-shop', '--region', 'europe-west1'];

/** Prints what a program would, and fails if its call contains $FAILING. */
const PROGRAM = `#!/bin/sh
call="$(basename "$0") $*"
echo "$call" >> "$CALLS"
quota() {
  echo '{"dimensionsInfos": [{"applicableLocations": ["us-east1"], "details": {"value": "1"}},
    {"applicableLocations": ["europe-west1"], "details": {"value": "'"$1"'"}}]}'
}
if [ -n "$FAILING" ]; then case "$call" in *"$FAILING"*) exit 1;; esac; fi
case "$call" in
  "terraform version"*) echo '{"terraform_version": "1.11.4"}';;
  *"output -raw image") [ -z "$RUNNING" ] && exit 1; echo "$RUNNING";;
  *"output -json buckets") echo '{"images": "demo-shop-hangtag-images"}';;
  *"show -json"*) echo "$PLANNED";;
  "gcloud auth list"*) echo someone@example.com;;
  "gcloud billing"*) echo True;;
  "gcloud beta quotas"*CpuAlloc*) quota "$PROCESSORS";;
  "gcloud beta quotas"*MemAlloc*) quota 429496729600;;
  "docker inspect"*) echo "${IMAGE}";;
esac
exit 0
`;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly calls: readonly string[];
}

describe('npm run deploy', () => {
  const folder = temporaryDirectory();
  const calls = join(folder, 'calls');

  function deploy(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    rmSync(calls, { force: true });
    const environment = {
      PATH: `${folder}:/usr/bin:/bin`,
      HOME: folder,
      CALLS: calls,
      PLANNED: '{}',
      PROCESSORS: '58300',
      ...env,
    };
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [COMMAND, ...TARGET, ...args],
        { env: environment, timeout: 60_000 },
        (error, stdout, stderr) =>
          resolve({
            code: Number(error?.code ?? 0),
            out: stdout + stderr,
            calls: readFileSync(calls, 'utf8').trim().split('\n'),
          }),
      );
    });
  }

  before(() => {
    for (const name of ['terraform', 'gcloud', 'docker', 'firebase', 'npm']) {
      writeFileSync(join(folder, name), PROGRAM);
      chmodSync(join(folder, name), 0o755);
    }
  });

  it('builds the image, applies the plan that it showed, deploys the page and labels a picture, in this order', async () => {
    const { code, out, calls: made } = await deploy([]);

    expect(code, out).to.equal(0);
    const steps = [
      'gcloud storage buckets describe gs://demo-shop-hangtag-state',
      'terraform -chdir=deploy/gcp init',
      'terraform -chdir=deploy/gcp apply -input=false -auto-approve -target=module.project',
      'docker build',
      'docker push europe-west1-docker.pkg.dev/demo-shop/hangtag/hangtag',
      'terraform -chdir=deploy/gcp plan -input=false -out=',
      'terraform -chdir=deploy/gcp apply -input=false /',
      'firebase deploy --only hosting --project demo-shop',
      'npm run smoke -- --project demo-shop --bucket demo-shop-hangtag-images',
    ].map((step) => made.findIndex((call) => call.startsWith(step)));
    expect(steps).to.not.include(-1);
    expect(steps).to.deep.equal([...steps].sort((a, b) => a - b));
    expect(made.find((call) => call.includes(' plan ')))
      .to.contain(`-var=image=${IMAGE}`)
      .and.contain('environments/production.tfvars');
    expect(out).to.contain('US dollars a month');
  });

  it('runs the former image again if no label comes', async () => {
    const {
      code,
      out,
      calls: made,
    } = await deploy(['--image', IMAGE], { FAILING: 'run smoke', RUNNING: FORMER });

    expect(code).to.equal(1);
    expect(out).to.contain(`The former image runs again: ${FORMER}`);
    expect(
      made.filter((call) => call.includes(' plan ')).map((call) => /image=(\S+)/.exec(call)?.[1]),
    ).to.deep.equal([IMAGE, FORMER]);
    expect(made.at(-1)).to.match(/^terraform -chdir=deploy\/gcp apply -input=false \//);
  });

  it('only shows the changes and their cost with --plan', async () => {
    const { code, calls: made } = await deploy(['--plan', '--environment', 'staging'], { RUNNING: FORMER });

    expect(code).to.equal(0);
    expect(made.filter((call) => /\b(apply|build|push|deploy)\b(?!\/)/.test(call))).to.deep.equal([]);
    expect(made.find((call) => call.includes(' plan ')))
      .to.contain(`-var=image=${FORMER}`)
      .and.contain('environments/staging.tfvars');
  });

  it('names everything that is missing in one message, and runs nothing else', async () => {
    const { code, out, calls: made } = await deploy([], { FAILING: 'o' });

    expect(code).to.equal(1);
    for (const what of [
      'Terraform 1.6',
      'https://cloud.google.com/sdk/docs/install',
      'gcloud auth login',
      'application-default login',
      'firebase-tools',
      'Docker',
    ])
      expect(out).to.contain(what);
    expect(out, 'not known without an account').to.not.contain('billing');
    expect(made.filter((call) => call.includes('init'))).to.deep.equal([]);
  });

  it('names a project that does not exist, or that the account cannot see', async () => {
    const { code, out } = await deploy([], { FAILING: 'gcloud billing' });

    expect(code).to.equal(1);
    expect(out).to.contain('the project demo-shop with billing, which this account can see');
  });

  it('names a quota that is too small for the instances of a function, and runs nothing else', async () => {
    const { code, out, calls: made } = await deploy(['--plan'], { PROCESSORS: '58299' });

    expect(code).to.equal(1);
    expect(out)
      .to.contain(
        '58300 thousandths of a processor for classify in europe-west1, of which the quota allows 58299.',
      )
      .and.contain('--quota-id=CpuAllocPerProjectRegion --preferred-value=58300')
      .and.not.contain('MemAllocPerProjectRegion');
    expect(made.filter((call) => call.includes('init'))).to.deep.equal([]);
  });

  it('plans if quotas cannot be read, and says so', async () => {
    const { code, out } = await deploy(['--plan'], { FAILING: 'quotas info' });

    expect(code).to.equal(0);
    expect(out).to.contain('Not checked: the quotas CpuAllocPerProjectRegion, MemAllocPerProjectRegion');
  });

  it('takes a quota without a limit, and reads none to destroy', async () => {
    const planned = await deploy(['--plan'], { PROCESSORS: '-1' });
    const destroyed = await deploy(['--destroy'], { PROCESSORS: '0' });

    expect([planned.code, destroyed.code]).to.deep.equal([0, 0]);
    expect(destroyed.calls.filter((call) => call.includes('quotas'))).to.deep.equal([]);
  });

  it('makes the bucket of the state if it does not exist', async () => {
    const { calls: made } = await deploy(['--plan'], { FAILING: 'buckets describe' });

    expect(made.find((call) => call.includes('buckets create')))
      .to.contain('--location=europe-west1')
      .and.contain('--public-access-prevention');
  });

  it('does not apply a plan that deletes data', async () => {
    const change = {
      address: 'module.firestore.google_firestore_database.records',
      type: 'google_firestore_database',
      change: { actions: ['delete', 'create'] },
    };

    const {
      code,
      out,
      calls: made,
    } = await deploy(['--image', IMAGE], { PLANNED: JSON.stringify({ resource_changes: [change] }) });

    expect(code).to.equal(1);
    expect(out).to.contain('Expected a plan that deletes no data but found in it: module.firestore');
    expect(made.filter((call) => call.includes(' apply '))).to.deep.equal([]);
  });

  it('keeps buckets and database with --destroy, and removes them if the project is named twice', async () => {
    const kept = await deploy(['--destroy']);
    const removed = await deploy(['--destroy', '--delete-data', 'demo-shop']);

    const destroying = kept.calls.filter((call) => call.includes('destroy'));
    expect(destroying).to.have.length(1);
    expect(destroying[0])
      .to.contain('-target=module.functions')
      .and.not.match(/module\.(storage|firestore|wardrobe|project)/);
    expect(removed.calls.at(-1))
      .to.match(/destroy -input=false -auto-approve/)
      .and.contain('protect_data=false');
  });
});

describe('The cost of a plan', () => {
  it('is the sum of what costs without use and of 100,000 images', () => {
    const resources = [{ type: 'google_compute_global_forwarding_rule' }, { type: 'google_pubsub_topic' }];

    const lines = describeCost({ planned_values: { root_module: { child_modules: [{ resources }] } } });

    expect(lines[0]).to.match(/18\.25 {2}1 google_compute_global_forwarding_rule/);
    expect(Number.parseFloat(lines.at(-1) ?? '')).to.be.closeTo(
      18.25 + Number.parseFloat(lines[1] ?? ''),
      0.02,
    );
  });

  it('does not call a change of a bucket a loss of data (control)', () => {
    const change = { address: 'b', type: 'google_storage_bucket', change: { actions: ['update'] } };

    expect(lostData({ resource_changes: [change] })).to.deep.equal([]);
  });
});
