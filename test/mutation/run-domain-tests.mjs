/** Runs the domain's unit tests once, as fast as a process can: it is started for every mutant. Exits 1 on the first failure. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';

const folder = new URL('../dist/unit/domain/', import.meta.url);
const mocha = new Mocha({ bail: true, reporter: 'dot' });
for (const name of readdirSync(folder)) {
  if (name.endsWith('.test.js')) mocha.addFile(fileURLToPath(new URL(name, folder)));
}
await mocha.loadFilesAsync();
mocha.run((failures) => process.exit(failures === 0 ? 0 : 1));
