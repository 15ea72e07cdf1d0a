import { clearUploads, upload, uploads } from '@hangtag/web/uploads.js';
import { expect } from 'chai';
import { until } from '../../support/until.js';

const file = (name: string, content = 'x') => new File([content], name);
const isDone = () => uploads.value.done + uploads.value.failed.length === uploads.value.all;

describe('Uploads of the page', () => {
  beforeEach(clearUploads);

  it('of 2,000 files at once are sent four at a time, and each once', async () => {
    const sent: string[] = [];
    let [active, most] = [0, 0];
    const backend = {
      async upload({ name }: File) {
        active += 1;
        most = Math.max(most, active);
        await Promise.resolve();
        sent.push(name);
        active -= 1;
      },
    };

    upload(
      Array.from({ length: 2_000 }, (_, index) => file(`${index}.jpg`)),
      backend,
    );
    await until('all uploads', isDone);

    expect(most).to.equal(4);
    expect(new Set(sent)).to.have.property('size', 2_000);
    expect(sent).to.have.length(2_000);
    expect(uploads.value).to.deep.include({ done: 2_000, all: 2_000, failed: [] });
    expect(uploads.value.active.size).to.equal(0);
  });

  it('name what failed, send no file without bytes, and go on with the others', async () => {
    const sizes: number[] = [];
    const backend = {
      async upload({ name, size }: File) {
        if (name === 'refused.txt') throw Object.assign(new Error('no'), { code: 'storage/unauthorized' });
        sizes.push(size);
      },
    };

    upload([file('refused.txt'), file('empty.jpg', ''), file('1.jpg')], backend);
    await until('all uploads', isDone);

    expect(uploads.value.done).to.equal(1);
    expect(sizes).to.deep.equal([1]);
    expect(uploads.value.failed).to.have.deep.members([
      { name: 'refused.txt', why: 'storage/unauthorized' },
      { name: 'empty.jpg', why: 'empty' },
    ]);
  });
});
