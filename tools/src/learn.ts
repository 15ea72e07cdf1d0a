import { userInfo } from 'node:os';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { decimal, text, type Values, wholeNumber, withDefault } from '@hangtag/emulators/command-options.js';
import { folder } from '@hangtag/emulators/path-options.js';
import { isTenantId } from '@hangtag/shared/domain/identity.js';
import { nameOfVersion } from '@hangtag/shared/domain/model-version.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { labelledFolders } from './learn/labelled-folders.js';
import { learnModel, requireFolder } from './learn/learn-model.js';
import { requireSharedStore } from './models/shared-store.js';
import { chooseTarget, TARGET_OPTIONS, TENANT } from './target.js';

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
    tenant: withDefault(TENANT, 'default'),
    share: withDefault(
      decimal('P', 'share of the images on which the new model is tried, 0 to 1 (0.1)', { min: 0, max: 1 }),
      0.1,
    ),
    trust: text('REVIEWER', 'learn the corrections of this reviewer though all are to one label'),
    ...TARGET_OPTIONS,
  },
} as const;

type LearnOptions = Values<typeof COMMAND.options>;

await runCommand(COMMAND, async ({ options }) => {
  const { from } = options;
  if (from === undefined) await learnOfTenant(options);
  else await learnFolders(from, options);
  return undefined;
});

async function learnFolders(from: string, { model = SHIPPED, min, out, id }: LearnOptions): Promise<void> {
  await requireFolder(from);
  await learnModel({ gathered: await labelledFolders(from), baseDir: model, min, out, id, from });
}

async function learnOfTenant({ trust: trusted, model: baseDir, ...options }: LearnOptions): Promise<void> {
  const { tenant, share, min, out, id } = options;
  if (!isTenantId(tenant)) throw new UsageError(`Expected --tenant to be a tenant but received "${tenant}"`);
  requireSharedStore(options.project);
  await chooseTarget(options);
  // Imported after the target is chosen: the clients read the environment when they are made.
  const [{ openTarget }, { learnCorrections }] = await Promise.all([
    import('./learn/target-ports.js'),
    import('./learn/learn-corrections.js'),
  ]);
  const by = userInfo().username;
  const request = { tenant, by, baseDir, share, trusted, min, out, id };
  const version = nameOfVersion(await learnCorrections(request, await openTarget()));
  console.log(
    `${version} is on trial for ${tenant}, on ${100 * share} % of the images. Type: npm run models -- show --tenant ${tenant}`,
  );
}
