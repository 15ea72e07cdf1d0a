import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogTail } from '@hangtag/bench/measure/log-tail.js';
import { expect } from 'chai';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('the tail of a log', () => {
  const folder = temporaryDirectory();

  it('returns each entry once and complete, however it was written', async () => {
    const path = join(folder, 'classify.log');
    writeFileSync(path, '{"name":"before"}\n');
    const tail = await LogTail.open(path);
    const names = async () => (await tail.read()).map(({ name }) => name);

    expect(await names()).to.deep.equal([]);
    appendFileSync(path, '{"name":"a"}\nplain words\n{"name":"gr');
    expect(await names()).to.deep.equal(['a']);
    appendFileSync(path, 'ün"}\n');
    expect(await names()).to.deep.equal(['grün']);
    const many = Array.from({ length: 20_000 }, (_, index) => `${index}`);
    appendFileSync(path, many.map((name) => `${JSON.stringify({ name })}\n`).join(''));
    expect(await names()).to.deep.equal(many);
    expect(await names()).to.deep.equal([]);
    await tail.close();
  });
});
