import { EXIT, runCommand } from '@hangtag/emulators/command-line.js';
import { folder } from '@hangtag/emulators/path-options.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { BUCKET, chooseTarget, TARGET_OPTIONS } from './target.js';

const COMMAND = {
  name: 'npm run restore',
  what: `Makes the documents, objects and models of a backup again. It can be repeated: objects that the bucket has are kept.
Exit code 0: everything is as in the backup. 1: the bucket has other content for some names. 2: wrong usage.`,
  options: { from: folder('a folder that npm run backup made'), bucket: BUCKET, ...TARGET_OPTIONS },
} as const;

await runCommand(COMMAND, async ({ options }) => {
  if (options.from === undefined) throw new UsageError('Expected --from DIR but received none');
  await chooseTarget(options);
  // Imported after the target is chosen: the clients read the environment when they are made.
  const [{ restore }, { modelsText, openPlace }] = await Promise.all([
    import('./backup/restore.js'),
    import('./backup/open-place.js'),
  ]);
  const place = await openPlace(options.from, options);
  const { documents, objects, models, kept } = await restore(place);
  const restoredModels = modelsText(place.models === undefined ? null : models);
  for (const name of kept)
    console.error(`Kept, because the bucket has other content: ${JSON.stringify(name)}`);
  console.log(
    `${place.bucket.name}: ${documents} documents, ${objects} objects and ${restoredModels} restored. Then type: npm run sweep`,
  );
  return kept.length === 0 ? EXIT.done : EXIT.unfinished;
});
