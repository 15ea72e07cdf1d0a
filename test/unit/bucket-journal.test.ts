import { appendFileSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal } from '@hangtag/emulators/bucket/journal.js';
import { expect } from 'chai';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** A journal of numbers. Its state is the list of them. */
async function openNumbers(path: string, options: { beforeWrite?: () => void; keep?: number } = {}) {
  const numbers: number[] = [];
  const journal = await Journal.open<number>({
    path,
    durability: 'power-loss',
    parse: (line) => {
      if (!/^\d+$/.test(line)) throw new Error(`Expected a number but received ${line}`);
      return Number(line);
    },
    apply: (entry) => {
      numbers.push(entry);
      // With a limited state, the journal can be compacted.
      if (options.keep !== undefined && numbers.length > options.keep) numbers.shift();
    },
    snapshot: () => numbers,
    beforeWrite: options.beforeWrite,
  });
  return { journal, numbers };
}

describe('the journal of the bucket server', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = temporaryDirectory();
    path = join(directory, 'journal.jsonl');
  });

  it('replays what was appended', async () => {
    const first = await openNumbers(path);
    await Promise.all([1, 2, 3].map((entry) => first.journal.append(entry)));
    await first.journal.close();

    const second = await openNumbers(path);
    await second.journal.close();

    expect(second.numbers).to.deep.equal([1, 2, 3]);
  });

  it('removes an incomplete last line and continues', async () => {
    await writeFile(path, '1\n2\n3');
    const first = await openNumbers(path);
    await first.journal.append(4);
    await first.journal.close();

    const second = await openNumbers(path);
    await second.journal.close();

    expect(second.numbers).to.deep.equal([1, 2, 4]);
  });

  it('rejects a damaged line with its number', async () => {
    await writeFile(path, '1\nx\n3\n');

    const failure = await openNumbers(path).catch((error: Error) => error.message);

    expect(failure).to.include('line 2 of');
    expect(await readFile(path, 'utf8'), 'the file is not changed').to.equal('1\nx\n3\n');
  });

  it('removes a failed write, of which a part is in the file', async () => {
    let full = false;
    const beforeWrite = () => {
      if (!full) return;
      appendFileSync(path, '2');
      throw new Error('full');
    };
    const { journal, numbers } = await openNumbers(path, { beforeWrite });
    await journal.append(1);
    full = true;
    const failure = await journal.append(2).catch((error: Error) => error.message);
    full = false;
    await journal.append(3);
    await journal.close();

    expect(failure).to.equal('full');
    expect(numbers).to.deep.equal([1, 3]);
    expect(await readFile(path, 'utf8')).to.equal('1\n3\n');
  });

  it('compacts to the present state without losing entries', async () => {
    const { journal, numbers } = await openNumbers(path, { keep: 10 });
    for (let batch = 0; batch < 30; batch += 1) {
      await Promise.all(Array.from({ length: 1000 }, (_, index) => journal.append(batch * 1000 + index)));
    }
    await journal.close();

    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines.length).to.be.lessThan(12_000);
    expect(lines.slice(-10).map(Number)).to.deep.equal(numbers);
  });

  it('ignores the file of an interrupted compaction', async () => {
    await writeFile(path, '1\n');
    await appendFile(`${path}.new`, '7\n8');

    const { journal, numbers } = await openNumbers(path);
    await journal.close();

    expect(numbers).to.deep.equal([1]);
    expect(await readFile(path, 'utf8')).to.equal('1\n');
  });
});
