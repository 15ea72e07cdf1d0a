import { runCommand } from '@hangtag/emulators/command-line.js';
import { text, type Values, wholeNumber, withDefault } from '@hangtag/emulators/command-options.js';
import { folder } from '@hangtag/emulators/path-options.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { labelledFolders } from './learn/labelled-folders.js';
import type { Gathered } from './learn/labelled-pictures.js';
import { learnModel, requireFolder } from './learn/learn-model.js';
import { chooseTarget, TARGET_OPTIONS, TENANT } from './target.js';

const COMMAND = {
  name: 'npm run learn',
  what: `Makes a model. With --from: of the pictures of a folder, one folder for each label. Without: of the corrections and
confirmations of the running stack; the labels of the model stay. See docs/learning.md.`,
  options: {
    from: folder('pictures, in one folder for each label'),
    out: text('DIR', 'folder of the new model (.hangtag/models/ID/VERSION)'),
    id: text('ID', 'id of the new model (the name of the folder, or the id of the model it comes from)'),
    model: withDefault(
      folder('the model that it comes from (models/fashion-mobilenetv2)'),
      'models/fashion-mobilenetv2',
    ),
    min: withDefault(
      wholeNumber('N', 'pictures that a new label needs (20)', { min: 2, max: 1_000_000 }),
      20,
    ),
    tenant: withDefault(TENANT, 'default'),
    trust: text('REVIEWER', 'learn the corrections of this reviewer though all are to one label'),
    ...TARGET_OPTIONS,
  },
} as const;

await runCommand(COMMAND, async ({ options }) => {
  const { from, model, min, out, id } = options;
  if (from !== undefined) await requireFolder(from);
  const gathered = from === undefined ? await ofTenant(options) : await labelledFolders(from);
  await learnModel({ gathered, baseDir: model, min, out, id, from });
  return undefined;
});

async function ofTenant({ tenant, trust, ...target }: Values<typeof COMMAND.options>): Promise<Gathered> {
  const { isTenantId } = await import('@hangtag/shared/domain/identity.js');
  if (!isTenantId(tenant)) throw new UsageError(`Expected --tenant to be a tenant but received "${tenant}"`);
  await chooseTarget(target);
  // Imported after the target is chosen: the clients read the environment when they are made.
  const [{ cloudAdapters }, { parseConfig }, { systemClock }, { judgedImages }] = await Promise.all([
    import('@hangtag/functions/app/cloud-adapters.js'),
    import('@hangtag/shared/config.js'),
    import('@hangtag/shared/ports/clock.js'),
    import('./learn/judged-images.js'),
  ]);
  const adapters = cloudAdapters(parseConfig(process.env), systemClock);
  const ports = { dayRecords: await adapters.dayRecords(), objects: await adapters.objects() };
  return judgedImages({ tenant, nowMs: systemClock.now(), trusted: trust }, ports);
}
