import { EXIT, runCommand } from '@hangtag/emulators/command-line.js';
import { text } from '@hangtag/emulators/command-options.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { BUCKET, chooseTarget, TARGET_OPTIONS } from './target.js';

const COMMAND = {
  name: 'npm run backup',
  what: `Copies all documents, the objects of the bucket and the versions of models into a folder, from which npm run restore makes them again.
Exit code 0: the backup is complete. 1: it is not. 2: wrong usage.`,
  options: { to: text('DIR', 'an empty folder, or one that is made'), bucket: BUCKET, ...TARGET_OPTIONS },
} as const;

await runCommand(COMMAND, async ({ options }) => {
  if (options.to === undefined) throw new UsageError('Expected --to DIR but received none');
  await chooseTarget(options);
  // Imported after the target is chosen: the clients read the environment when they are made.
  const [{ backup }, { modelsText, openPlace }] = await Promise.all([
    import('./backup/backup.js'),
    import('./backup/open-place.js'),
  ]);
  const place = await openPlace(options.to, options);
  const { bucket, documents, objects, models } = await backup(place);
  console.log(
    `${bucket}: ${documents} documents, ${objects} objects and ${modelsText(models)} in ${options.to}.`,
  );
  return EXIT.done;
});
