import { existsSync } from 'node:fs';
import { EXIT, type ExitStatus, runCommand } from '@hangtag/emulators/command-line.js';
import { flag, ruledText, withDefault } from '@hangtag/emulators/command-options.js';
import { isRegion } from '@hangtag/shared/domain/identity.js';
import { UsageError } from '@hangtag/shared/errors.js';
import {
  apply,
  buildImage,
  deployPage,
  destroyAll,
  destroyServices,
  plan,
  prepare,
  runningImage,
  smokeTest,
  type Target,
} from './deploy/deploy.js';
import { checkNeeds } from './deploy/preflight.js';
import { TARGET_OPTIONS } from './target.js';

const ENVIRONMENTS = new URL('../../deploy/gcp/environments/', import.meta.url);

const COMMAND = {
  name: 'npm run deploy',
  what: `Deploys to Google Cloud: image, Terraform in deploy/gcp, page, smoke test. docs/deploy.md says what it makes.
Exit code 0: deployed, and one picture was labelled. 1: it was not. 2: wrong usage.`,
  options: {
    project: TARGET_OPTIONS.project,
    region: ruledText('R', 'its region, as europe-west1', {
      expected: 'a region, as europe-west1',
      accepts: isRegion,
    }),
    environment: withDefault(
      ruledText('NAME', 'the variables in deploy/gcp/environments/NAME.tfvars (production)', {
        expected: 'the name of a file in deploy/gcp/environments, without .tfvars',
        accepts: (given) =>
          /^[a-z][a-z0-9-]{1,14}$/.test(given) && existsSync(new URL(`${given}.tfvars`, ENVIRONMENTS)),
      }),
      'production',
    ),
    image: ruledText('IMAGE', 'an image that exists, in place of one that is built', {
      expected: 'an image with its digest, NAME@sha256:...',
      accepts: (given) => /@sha256:[0-9a-f]{64}$/.test(given),
    }),
    plan: flag('show the changes and their cost, and change nothing but the bucket of the state'),
    destroy: flag('remove everything but images, reports, models and records'),
    'delete-data': ruledText('P', 'with --destroy: these too; P is the project once more', {
      expected: 'the id of the project',
      accepts: (given) => given !== '',
    }),
  },
} as const;

await runCommand(COMMAND, async ({ options }) => {
  const { project, region, environment, image, destroy } = options;
  const deletes = options['delete-data'];
  if (project === undefined || region === undefined) {
    const needed = Object.entries({ '--project P': project, '--region R': region });
    const missing = needed.flatMap(([option, given]) => (given === undefined ? [option] : []));
    throw new UsageError(`Expected --project P --region R but received no ${missing.join(' and no ')}`);
  }
  if (destroy && options.plan) throw new UsageError('Expected --plan or --destroy but received both');
  if (deletes !== undefined && !(destroy && deletes === project))
    throw new UsageError(
      `Expected --destroy --delete-data ${project} but received --delete-data ${deletes}${destroy ? '' : ' alone'}`,
    );
  const target = { project, region, environment };
  await checkNeeds({
    project,
    region,
    deploys: !destroy,
    builds: image === undefined && !options.plan && !destroy,
  });
  await prepare(target);
  if (destroy) await (deletes === undefined ? destroyServices(target) : destroyAll(target));
  else if (options.plan) await plan(target, image ?? (await runningImage()));
  else return deploy(target, image);
  return EXIT.done;
});

async function deploy(target: Target, image: string | undefined): Promise<ExitStatus> {
  const former = await runningImage();
  await apply(target, image ?? (await buildImage(target)));
  await deployPage(target);
  return (await smokeTest(target, former)) ? EXIT.done : EXIT.unfinished;
}
