import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keepOnDisk } from '@hangtag/emulators/embedded/record-journal.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { expect } from 'chai';
import { aNewRecord, keyOf } from '../../fixtures/records.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';

const clock = { now: () => 1_700_000_000_000 };
const NAMES = ['line\u2028separator.jpg', 'paragraph\u2029separator.jpg', 'plain.jpg'];

describe('the record journal of the embedded stack', () => {
  const directory = temporaryDirectory();

  /** Restores the records of a file, then writes the named records. @returns the names restored */
  async function run(file: string, names: readonly string[]): Promise<string[]> {
    const records = new MemoryRecordStore(clock);
    const journal = await keepOnDisk(records, file);
    const restored = [...records.entries()].map(({ record }) => record.name);
    for (const name of names) await records.create(keyOf(name), aNewRecord({ name }));
    await journal.close();
    return restored;
  }

  it('restores names with every Unicode line separator', async () => {
    const file = join(directory, 'separators.jsonl');

    await run(file, NAMES);

    expect(await run(file, [])).to.deep.equal(NAMES);
  });

  it('restores the last state of a record', async () => {
    const file = join(directory, 'updates.jsonl');
    const records = new MemoryRecordStore(clock);
    const journal = await keepOnDisk(records, file);
    const version = await records.create(keyOf('a'), aNewRecord({ name: 'a' }));
    if (version === undefined) throw new Error('Expected a new record');
    await records.update(keyOf('a'), { set: { attempts: 3 } }, version);
    await journal.close();

    const restored = new MemoryRecordStore(clock);
    await (await keepOnDisk(restored, file)).close();

    expect((await restored.get(keyOf('a')))?.record.attempts).to.equal(3);
  });

  it('loses only the incomplete last line, and nothing that is written after it', async () => {
    const file = join(directory, 'torn.jsonl');
    await run(file, ['first', 'second']);
    await truncate(file, (await readFile(file)).length - 10);

    await run(file, ['third']);

    expect(await run(file, [])).to.deep.equal(['first', 'third']);
  });

  it('says once that writes fail, and writes all records when it can again', async () => {
    const file = join(directory, 'full.jsonl');
    const faults: unknown[] = [];
    let isFull = true;
    const records = new MemoryRecordStore(clock);
    const journal = await keepOnDisk(records, file, {
      onFault: (error) => faults.push(error),
      beforeWrite: () => {
        if (isFull) throw new Error('no space left');
      },
    });
    for (const name of ['first', 'second']) {
      await records.create(keyOf(name), aNewRecord({ name }));
      await until('a fault', () => faults.length > 0);
    }
    isFull = false;
    await records.create(keyOf('third'), aNewRecord({ name: 'third' }));
    await until('all records', async () => (await readFile(file, 'utf8')).includes('second'));
    await journal.close();

    expect(faults).to.have.length(1);
    expect((await run(file, [])).toSorted()).to.deep.equal(['first', 'second', 'third']);
  });

  it('rejects a damaged line with the file and the line number', async () => {
    const file = join(directory, 'damaged.jsonl');
    await writeFile(file, 'not JSON\n');
    await appendFile(file, '{}\n');

    const failure = await run(file, []).catch((error: Error) => error.message);

    expect(failure).to.equal(`Expected a journal entry in line 1 of ${file}`);
  });
});
