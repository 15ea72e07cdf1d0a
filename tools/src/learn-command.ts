import { userInfo } from 'node:os';
import { runCommand } from '@hangtag/emulators/command-line.js';
import {
  decimal,
  many,
  text,
  type Values,
  wholeNumber,
  withDefault,
} from '@hangtag/emulators/command-options.js';
import { folder } from '@hangtag/emulators/path-options.js';
import { shellWord } from '@hangtag/emulators/shell-word.js';
import { learnCorrections } from '@hangtag/functions/learn/learn-corrections.js';
import { DEFAULT_TENANT, isTenantId } from '@hangtag/shared/domain/identity.js';
import { nameOfVersion } from '@hangtag/shared/domain/model-version.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { figuresTable } from '@hangtag/shared/learning/figures-table.js';
import { LessonError } from '@hangtag/shared/learning/lesson-error.js';
import { learnFolders } from './learn/learn-folders.js';
import { printProgress } from './learn/print-progress.js';
import { requireSharedStore } from './models/shared-store.js';
import { openTarget, TARGET_OPTIONS, TENANT } from './target.js';

const SHIPPED = 'models/fashion-mobilenetv2';

const COMMAND = {
  name: 'npm run learn',
  what: `Makes a model. With --from: of the pictures of a folder, one folder for each label. Without: of the corrections and
confirmations of the running stack: the labels of the model stay, and the new one goes on trial. See docs/learning.md.`,
  options: {
    from: folder('pictures, in one folder for each label'),
    out: text('DIR', 'folder of the new model (.hangtag/models/ID/VERSION)'),
    id: text('ID', 'id of the new model (the name of the folder, or the id of the model it comes from)'),
    model: folder(`the model that it comes from (that of the tenant; with --from ${SHIPPED})`),
    min: withDefault(
      wholeNumber('N', 'pictures that a new label needs (20)', { min: 2, max: 1_000_000 }),
      20,
    ),
    tenant: TENANT,
    share: decimal('P', 'share of the images on which the new model is tried, 0 to 1 (0.1)', {
      min: 0,
      max: 1,
    }),
    trust: many(
      text(
        'REVIEWER',
        'learn the corrections of this reviewer though all are to one label; give it several times',
      ),
    ),
    ...TARGET_OPTIONS,
  },
} as const;

type LearnOptions = Values<typeof COMMAND.options>;

await runCommand(COMMAND, async ({ options }) => {
  const { from, model: baseDir = SHIPPED, min, out, id } = options;
  if (from === undefined) await learnOfTenant(options);
  else {
    assertNoStack(options);
    const { dir, learned } = await learnFolders({ from, baseDir, min, out, id });
    console.log(`\n${figuresTable(learned)}

It is in ${dir}. To serve it to all tenants:
  HANGTAG_MODEL_DIR=${shellWord(dir)} npm start
To store it, and promote it for one tenant (docs/models.md):
  npm run models -- add ${shellWord(dir)}`);
  }
  return undefined;
});

/** A model of a folder belongs to no tenant, and no stack is asked. @throws {UsageError} */
function assertNoStack({ tenant, share, trust, project, 'port-base': port }: LearnOptions): void {
  if (trust.length > 0 || [tenant, share, project, port].some((given) => given !== undefined))
    throw new UsageError(
      'Expected no --tenant, --share, --trust, --project or --port-base with --from, which learns of a folder alone',
    );
}

async function learnOfTenant({ trust: trusted, model: baseDir, ...options }: LearnOptions): Promise<void> {
  const { tenant = DEFAULT_TENANT, share = 0.1, min, out, id } = options;
  if (!isTenantId(tenant)) throw new UsageError(`Expected --tenant to be a tenant but received "${tenant}"`);
  requireSharedStore(options.project);
  await using app = await openTarget(options);
  const request = { tenant, by: userInfo().username, baseDir, share, trusted, min, out, id };
  const ports = await app.learn();
  const { version, learned } = await printProgress((observer) =>
    learnCorrections(request, ports, observer),
  ).catch(withAdvice);
  console.log(`\n${figuresTable(learned)}

${nameOfVersion(version)} is on trial for ${tenant}, on ${100 * share} % of the images. Type: npm run models -- show --tenant ${tenant}`);
}

function withAdvice(error: unknown): never {
  if (!(error instanceof LessonError) || error.fault !== 'one-label') throw error;
  throw new UsageError(
    `${error.message}. If they are right, learn them nevertheless. Type: npm run learn -- ${error.reviewers.map((by) => `--trust ${shellWord(by)}`).join(' ')}`,
  );
}
