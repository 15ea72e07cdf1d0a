import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EXIT, runCommand } from '@hangtag/emulators/command-line.js';
import { wholeNumber, withDefault } from '@hangtag/emulators/command-options.js';
import { imageIdOf, parseTenantId } from '@hangtag/shared/domain/identity.js';
import { BUCKET, openTarget, TARGET_OPTIONS } from './target.js';

const COMMAND = {
  name: 'npm run smoke',
  what: `Uploads one picture, waits for its label, and removes the picture again.
Exit code 0: it was labelled. 1: it was not. 2: wrong usage.`,
  options: {
    bucket: BUCKET,
    seconds: withDefault(wholeNumber('N', 'how long to wait (120)', { min: 1, max: 3_600 }), 120),
    ...TARGET_OPTIONS,
  },
} as const;

const PICTURE = new URL('../../models/fashion-mobilenetv2/golden/01.png', import.meta.url);
const PAUSE_MS = 500;

await runCommand(COMMAND, async ({ options }) => {
  await using app = await openTarget(options);
  const { objects, records } = await app.images();
  const bucket = options.bucket ?? app.config.HANGTAG_BUCKET;
  const name = `smoke-test-${Date.now()}.png`;
  const generation = await objects.write({ bucket, name, bytes: await readFile(PICTURE) });
  if (generation === undefined) throw new Error(`Expected to write ${name} but the bucket has it already`);
  const key = { tenant: parseTenantId('default'), imageId: imageIdOf(bucket, name) };
  const deadline = performance.now() + options.seconds * 1_000;
  try {
    while (performance.now() < deadline) {
      const found = (await records.get(key))?.record;
      if (found !== undefined && found.status !== 'queued') {
        console.log(`${bucket}: ${name} is ${found.status}${found.category ? `, ${found.category}` : ''}.`);
        return found.category ? EXIT.done : EXIT.unfinished;
      }
      await delay(PAUSE_MS);
    }
    console.error(`Expected a label for ${name} within ${options.seconds} s but found none.`);
    return EXIT.unfinished;
  } finally {
    await objects.remove({ bucket, name, generation });
  }
});
