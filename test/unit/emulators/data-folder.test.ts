import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '@hangtag/emulators/processes/file-lock.js';
import { openDataFolder } from '@hangtag/emulators/start/data-folder.js';
import { UnavailableError, UsageError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';
import { skip } from '../../support/skip.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('The data folder of a stack', () => {
  const directory = temporaryDirectory();
  const at = (...names: string[]) => join(directory, ...names);

  it('is created, kept between runs, and emptied only on request', async () => {
    const first = await openDataFolder(at('new', 'data'), false);
    writeFileSync(join(first.path, 'records.jsonl'), '');
    mkdirSync(join(first.path, 'wardrobe'));
    writeFileSync(join(first.path, 'wardrobe-token-key'), '');
    await first.release();
    const second = await openDataFolder(at('new', 'data'), false);
    const kept = readdirSync(second.path);
    await second.release();
    const third = await openDataFolder(at('new', 'data'), true);
    await third.release();

    expect(kept).to.include.members(['records.jsonl', 'wardrobe', 'wardrobe-token-key']);
    expect(readdirSync(third.path)).to.deep.equal(['.hangtag-data']);
  });

  for (const isFresh of [true, false]) {
    it(`is refused if it contains files of others, ${isFresh ? 'with' : 'without'} --fresh`, async () => {
      const folder = at(`photos-${isFresh}`);
      mkdirSync(folder);
      writeFileSync(join(folder, 'wedding.jpg'), '');

      const error = await rejection(openDataFolder(folder, isFresh));

      expect(error).to.be.instanceOf(UsageError);
      expect(readdirSync(folder)).to.deep.equal(['wedding.jpg']);
    });
  }

  it('is used if a first version wrote it, without a mark', async () => {
    mkdirSync(at('first', 'bucket'), { recursive: true });
    mkdirSync(at('first', 'logs'));
    writeFileSync(at('first', 'bucket', 'journal.jsonl'), '');

    const folder = await openDataFolder(at('first'), false);
    await folder.release();

    expect(readdirSync(folder.path)).to.have.members(['.hangtag-data', 'bucket', 'logs']);
  });

  it('is used if its first start ended before it wrote the mark', async () => {
    mkdirSync(at('cut'));
    writeFileSync(at('cut', '.hangtag-lock'), '');

    await (await openDataFolder(at('cut'), false)).release();

    expect(readdirSync(at('cut'))).to.deep.equal(['.hangtag-data']);
  });

  it('is refused if it only has folders of the names that a stack uses', async () => {
    mkdirSync(at('foreign', 'bucket'), { recursive: true });
    mkdirSync(at('foreign', 'logs'));

    expect(await rejection(openDataFolder(at('foreign'), true))).to.be.instanceOf(UsageError);
    expect(readdirSync(at('foreign'))).to.have.members(['bucket', 'logs']);
  });

  it('is not emptied if a user put files of their own into it', async () => {
    const folder = await openDataFolder(at('mixed'), false);
    await folder.release();
    writeFileSync(at('mixed', 'wedding.jpg'), '');

    const error = await rejection(openDataFolder(at('mixed'), true));

    expect(error).to.be.instanceOf(UsageError).with.property('message').that.includes('wedding.jpg');
    expect(readdirSync(at('mixed'))).to.have.members(['.hangtag-data', 'wedding.jpg']);
  });

  it('is named in the message if the disk is full', async () => {
    mkdirSync(at('full'));
    symlinkSync('/dev/full', at('full', '.hangtag-data'));

    const error = await rejection(openDataFolder(at('full'), false));

    expect(error)
      .to.be.instanceOf(UnavailableError)
      .with.property(
        'message',
        `Expected to write the folder ${at('full')} but found no space left. Name another with --data DIR`,
      );
  });

  it('is refused if it is a file', async () => {
    writeFileSync(at('README.md'), '');

    expect(await rejection(openDataFolder(at('README.md'), false))).to.be.instanceOf(UsageError);
  });

  it('belongs to one stack at a time, and another stack removes nothing in it', async () => {
    const first = await openDataFolder(at('shared'), false);
    writeFileSync(join(first.path, 'record'), '');

    const error = await rejection(openDataFolder(at('shared'), true));

    expect(error).to.be.instanceOf(UnavailableError);
    expect(error).to.have.property('message').that.includes(String(process.pid));
    expect(existsSync(join(first.path, 'record'))).to.equal(true);
    await first.release();
  });

  it('is taken over from a stack that was killed, with a message', async () => {
    const first = await openDataFolder(at('killed'), false);
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(first.path, '.hangtag-lock'), JSON.stringify({ pid }));

    const second = await openDataFolder(at('killed'), false);
    await second.release();

    expect([first.wasLeftBehind, second.wasLeftBehind]).to.deep.equal([false, true]);
  });

  it('stays that of a killed stack after a start with --fresh was refused', async () => {
    const folder = at('killed-and-mixed');
    mkdirSync(folder);
    writeFileSync(join(folder, '.hangtag-data'), '');
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(folder, '.hangtag-lock'), JSON.stringify({ pid }));
    writeFileSync(join(folder, 'wedding.jpg'), '');

    await rejection(openDataFolder(folder, true));

    expect(existsSync(join(folder, '.hangtag-lock'))).to.equal(true);
  });
});

describe('A file lock', () => {
  const directory = temporaryDirectory();

  it('is taken over if another process now has the id of its owner', async function () {
    if (!existsSync('/proc/self/stat')) skip(this, 'this system does not report when a process started');
    const path = join(directory, 'reused');
    writeFileSync(path, JSON.stringify({ pid: process.pid, startedAtTick: '1' }));

    expect(await lockFile(path)).to.include({ kind: 'taken', wasLeftBehind: true });
  });

  it('is taken over if it contains no identity', async () => {
    const path = join(directory, 'empty');
    writeFileSync(path, '');

    expect(await lockFile(path)).to.include({ kind: 'taken' });
  });

  it('is acquired by one of many simultaneous attempts', async () => {
    const path = join(directory, 'contested');

    const locks = await Promise.all(Array.from({ length: 20 }, () => lockFile(path)));

    expect(locks.filter(({ kind }) => kind === 'taken')).to.have.length(1);
  });
});
