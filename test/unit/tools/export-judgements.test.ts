import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryDayRecords } from '@hangtag/shared/adapters/memory/day-records.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { type Exported, exportJudgements } from '@hangtag/tools/export/judgements.js';
import { labelledFolders } from '@hangtag/tools/learn/labelled-folders.js';
import { expect } from 'chai';
import { aNewRecord, BUCKET, generation, keyOf, MODEL, UPLOADED_AT } from '../../fixtures/records.js';
import { rejection } from '../../support/rejection.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const CLOCK = { now: () => UPLOADED_AT + 1_000 };

describe('npm run export -- judgements', () => {
  let dir: string;
  let records: MemoryRecordStore;
  let objects: MemoryObjectStore;

  beforeEach(async () => {
    dir = temporaryDirectory();
    records = new MemoryRecordStore(CLOCK);
    objects = new MemoryObjectStore(CLOCK, [BUCKET]);
  });

  const judge = async (name: string, label: string, seen?: number) => {
    const written = await objects.write({ bucket: BUCKET, name, bytes: Buffer.from(name) });
    const current = written ?? generation(1);
    const correction = {
      category: label,
      by: '=desk-1',
      at: UPLOADED_AT,
      generation: seen === undefined ? current : generation(seen),
    };
    const judged = { status: 'done', category: 'Tops', confidence: 0.5, model: MODEL, correction } as const;
    await records.create(keyOf(name), aNewRecord({ ...judged, name, generation: current }));
  };
  const exported = (): Promise<Exported> =>
    exportJudgements(
      { tenant: DEFAULT_TENANT, dir, nowMs: CLOCK.now() },
      { dayRecords: new MemoryDayRecords(records), objects },
    );

  it('writes pictures that npm run learn -- --from takes, with their labels', async () => {
    await judge('a/../../1.jpg', 'Heels');
    await judge('b/1.jpg', 'Heels');
    await judge('c/photo.tmp', 'Boots & Socks');

    const counts = await exported();
    const { pictures } = await labelledFolders(dir);
    const found = await Promise.all(
      pictures.map(async ({ label, read }) => [label, String(Buffer.from((await read()) ?? []))]),
    );

    expect(counts).to.deep.equal({ written: 3, overwritten: 0, missing: 0 });
    expect(found).to.have.deep.members([
      ['Heels', 'a/../../1.jpg'],
      ['Heels', 'b/1.jpg'],
      ['Boots & Socks', 'c/photo.tmp'],
    ]);
  });

  it('writes a table with a line for each picture, in which no text is a formula', async () => {
    await judge('a/1.jpg', 'Heels');

    await exported();
    const [head, line] = (await readFile(join(dir, 'judgements.csv'), 'utf8')).split('\r\n');
    const [file = ''] = await readdir(join(dir, 'Heels'));

    expect(head).to.match(/^"file","label","name"/);
    expect(line)
      .to.include(`"Heels/${file}","Heels","a/1.jpg"`)
      .and.include(`"Tops","0.5","fashion@1","'=desk-1"`);
  });

  it('cuts a category off that is longer than the name of a folder can be', async () => {
    const label = '\u4e0a'.repeat(100);
    await judge('a/1.jpg', label);

    await exported();

    expect(await readFile(join(dir, 'judgements.csv'), 'utf8')).to.include(`"${label}"`);
    expect(await readdir(dir)).to.have.members(['judgements.csv', label.slice(0, 85)]);
  });

  it('leaves out what was overwritten or removed since', async () => {
    await judge('overwritten.jpg', 'Heels', 999);
    await judge('removed.jpg', 'Heels');
    const removed = await objects.stat(BUCKET, 'removed.jpg');
    if (removed !== undefined) await objects.remove(removed);

    expect(await exported()).to.deep.equal({ written: 0, overwritten: 1, missing: 1 });
  });

  it('refuses a folder that has files', async () => {
    await exported();

    expect(await rejection(exported())).to.be.instanceOf(UsageError);
  });
});
