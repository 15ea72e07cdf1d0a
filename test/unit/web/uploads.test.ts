import { type Chosen, chosenOf, objectNameOf } from '@hangtag/web/chosen.js';
import { clearUploads, upload, uploads } from '@hangtag/web/uploads.js';
import { expect } from 'chai';
import { until } from '../../support/until.js';

/** More than a call of a function takes as arguments. */
const FILES = 130_000;
const file = (name: string, content = 'x') => new File([content], name);
const isDone = () => uploads.value.done + uploads.value.failed.length === uploads.value.all;

describe('Uploads of the page', () => {
  beforeEach(clearUploads);

  it('of 130,000 files at once are sent four at a time, and each once', async () => {
    const sent: string[] = [];
    let [active, most] = [0, 0];
    const backend = {
      async upload({ path }: Chosen) {
        active += 1;
        most = Math.max(most, active);
        await Promise.resolve();
        sent.push(path);
        active -= 1;
      },
    };
    const [picture, place] = [file('picture.jpg'), crypto.randomUUID()];

    upload(
      Array.from({ length: FILES }, (_, index) => ({ file: picture, path: `${index}.jpg`, place })),
      backend,
    );
    await until('all uploads', isDone);

    expect(most).to.equal(4);
    expect(new Set(sent)).to.have.property('size', FILES);
    expect(sent).to.have.length(FILES);
    expect(uploads.value).to.deep.include({ done: FILES, all: FILES, failed: [] });
    expect(uploads.value.active.size).to.equal(0);
  });

  it('name what failed, send no file without bytes, and go on with the others', async () => {
    const sizes: number[] = [];
    const backend = {
      async upload({ path, file: { size } }: Chosen) {
        if (path === 'refused.txt') throw Object.assign(new Error('no'), { code: 'storage/unauthorized' });
        sizes.push(size);
      },
    };

    upload(chosenOf([file('refused.txt'), file('empty.jpg', ''), file('1.jpg')]), backend);
    await until('all uploads', isDone);

    expect(uploads.value.done).to.equal(1);
    expect(sizes).to.deep.equal([1]);
    expect(uploads.value.failed).to.have.deep.members([
      { name: 'refused.txt', why: 'Only pictures of up to 32 MB are accepted.' },
      { name: 'empty.jpg', why: 'The file is empty.' },
    ]);
  });

  it('count on after what has ended was forgotten', async () => {
    const ends: (() => void)[] = [];
    const backend = { upload: () => new Promise<void>((resolve) => ends.push(resolve)) };
    const end = () => {
      for (const each of ends.splice(0)) each();
    };
    upload(chosenOf([file('empty.jpg', ''), file('1.jpg'), file('2.jpg')]), backend);
    await until('the one that failed', () => uploads.value.failed.length === 1);

    clearUploads();
    expect(uploads.value).to.deep.include({ done: 0, all: 2, failed: [] });
    end();
    await until('all uploads', isDone);

    expect(uploads.value).to.deep.include({ done: 2, all: 2, failed: [] });
  });

  it('have a place for each folder, and one for each picture that was chosen alone', () => {
    const inFolder = (path: string) =>
      Object.defineProperty(file(path.split('/').at(-1) ?? ''), 'webkitRelativePath', { value: path });

    const folder = chosenOf([
      ...[inFolder('returns/shoes/a.jpg'), inFolder('returns/shirts/a.jpg')],
      ...[inFolder('returns/.DS_Store'), inFolder('returns/Thumbs.db')],
    ]);
    const pictures = chosenOf([file('image.jpg'), file('image.jpg')]);

    expect(folder.map(({ path }) => path)).to.deep.equal(['returns/shoes/a.jpg', 'returns/shirts/a.jpg']);
    expect(new Set(folder.map(({ place }) => place))).to.have.property('size', 1);
    expect(pictures.map(({ path }) => path)).to.deep.equal(['image.jpg', 'image.jpg']);
    expect(new Set(pictures.map(({ place }) => place))).to.have.property('size', 2);
  });

  it('get a name that Cloud Storage accepts, of 1,024 bytes at most and without line ends, and none twice', () => {
    const [place, long] = [crypto.randomUUID(), 'ä'.repeat(100)];
    const nameOf = (path: string) => objectNameOf('uploads/', { path, place });
    const [cut = '', other = ''] = ['returns', 'exchanges'].map((outermost) =>
      nameOf([outermost, ...Array(5).fill(long), 'a.jpg'].join('/')),
    );

    expect(nameOf('returns/shoes/a.jpg')).to.equal(`uploads/${place}/returns/shoes/a.jpg`);
    expect(nameOf(`x${'ä'.repeat(486)}/a.jpg`)).to.match(/ä\/a\.jpg$/);
    expect(nameOf(`xx${'ä'.repeat(486)}/a.jpg`)).to.match(/^uploads\/[0-9a-f-]{36}\/a\.jpg$/);
    expect(cut.split('/').slice(2)).to.deep.equal([...Array(4).fill(long), 'a.jpg']);
    expect(other).not.to.equal(cut);
    expect(nameOf('shoes\r/a\u0085.jpg')).to.match(/^uploads\/[0-9a-f-]{36}\/shoes_\/a_\.jpg$/);
  });
});
