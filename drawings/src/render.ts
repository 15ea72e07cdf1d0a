/** node drawings/dist/render.js --out DIR --count N --seed S [--longest-side PIXELS] */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sampleImages } from './sample-images.js';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    'longest-side': { type: 'string', default: '2400' },
  },
});
if (values.out === undefined) throw new Error('Expected --out DIR but received none');

await mkdir(values.out, { recursive: true });
const rows = ['file,label'];
const options = {
  count: Number(values.count),
  seed: Number(values.seed),
  longestSide: Number(values['longest-side']),
};
for await (const { name, category, bytes } of sampleImages(options)) {
  await writeFile(join(values.out, name), bytes);
  rows.push(`${name},${category}`);
  if (rows.length % 100 === 1) process.stderr.write(`\r${rows.length - 1} of ${options.count} drawings`);
}
// Written last, so that a folder with labels is complete.
await writeFile(join(values.out, 'labels.csv'), `${rows.join('\n')}\n`);
process.stderr.write(`\r${rows.length - 1} drawings in ${values.out}\n`);
