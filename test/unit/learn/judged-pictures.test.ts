import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCategory } from '@hangtag/shared/domain/category.js';
import { type LabelledPicture, withEnough } from '@hangtag/shared/learning/labelled-pictures.js';
import { LessonError } from '@hangtag/shared/learning/lesson-error.js';
import { labelledFolders, labelOf } from '@hangtag/tools/learn/labelled-folders.js';
import { idOf } from '@hangtag/tools/learn/learn-folders.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { temporaryDirectory } from '../../support/temporary-directory.js';

function pictures(label: string, count: number): readonly LabelledPicture[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `${label}/${at}`,
    label,
    read: async () => undefined,
  }));
}

describe('Folders of pictures', () => {
  let dir = '';

  beforeEach(async () => {
    dir = temporaryDirectory();
  });

  async function put(...path: readonly string[]): Promise<void> {
    await mkdir(join(dir, ...path.slice(0, -1)), { recursive: true });
    await writeFile(join(dir, ...path), 'x');
  }

  it('are labels, also for pictures in folders below them', async () => {
    await put('Hats', '1.jpg');
    await put('Hats', '2025', 'summer', '2.jpg');
    await put('Shoes', '3.jpg');
    const { pictures: found, notes } = await labelledFolders(dir);
    expect(found.map(({ name, label }) => [name, label])).to.deep.equal([
      ['Hats/1.jpg', 'Hats'],
      ['Hats/2025/summer/2.jpg', 'Hats'],
      ['Shoes/3.jpg', 'Shoes'],
    ]);
    expect(notes).to.deep.equal([]);
  });

  it('with names that are no category get one, and a line says so', async () => {
    await put('x<>y', '1.jpg');
    await put('x  y', '2.jpg');
    const { pictures: found, notes } = await labelledFolders(dir);
    expect(found.map(({ label }) => label)).to.deep.equal(['x y', 'x y']);
    expect(notes).to.deep.equal(['"x  y" and "x<>y" become the label "x y"']);
  });

  it('leave out hidden files silently, and pictures in no folder with a line', async () => {
    await put('Hats', '.DS_Store');
    await put('Hats', '1.jpg');
    await put('alone.jpg');
    const { pictures: found, notes } = await labelledFolders(dir);
    expect(found).to.have.length(1);
    expect(notes).to.deep.equal(['left out, since in no folder of a label: 1 (alone.jpg)']);
  });

  it('leave out a folder that can have no label, with one line', async () => {
    for (const name of ['1.jpg', '2.jpg', '3.jpg', '4.jpg']) await put('👗', name);

    const { pictures: found, notes } = await labelledFolders(dir);

    expect(found).to.deep.equal([]);
    expect(notes).to.deep.equal([
      'left out, since in a folder whose name begins with no letter or digit: 4 (👗/1.jpg, 👗/2.jpg, 👗/3.jpg)',
    ]);
  });

  it('never give a label that is no category', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (folder) => {
        const label = labelOf(folder);
        expect(label === undefined || isCategory(label)).to.equal(true);
      }),
    );
  });

  it('give an id that a manifest accepts', () => {
    expect(['/a/My Shop!', 'ÄÖÜ', '...', 'x'].map(idOf)).to.deep.equal(['my-shop', 'a-o-u', 'my-model', 'x']);
  });
});

describe('Labels', () => {
  it('with too few pictures are left out, with a line', () => {
    const gathered = {
      pictures: [...pictures('a', 20), ...pictures('b', 20), ...pictures('c', 3)],
      notes: [],
    };
    const { pictures: kept, notes } = withEnough(gathered, { min: 20, known: new Set() });
    expect(kept).to.have.length(40);
    expect(notes).to.deep.equal(['"c" is left out: expected at least 20 pictures but found 3']);
  });

  it('that the model knows need no number of pictures', () => {
    const gathered = { pictures: pictures('a', 1), notes: [] };
    expect(withEnough(gathered, { min: 20, known: new Set(['a', 'b']) }).pictures).to.have.length(1);
  });

  it('must be two at least', () => {
    const gathered = { pictures: [...pictures('a', 50), ...pictures('b', 3)], notes: [] };
    expect(() => withEnough(gathered, { min: 20, known: new Set() })).to.throw(
      LessonError,
      'Expected at least two labels with enough pictures but found "a" (50 pictures)\n"b" is left out',
    );
  });

  it('must be there', () => {
    expect(() => withEnough({ pictures: [], notes: [] }, { min: 20, known: new Set(['a', 'b']) })).to.throw(
      LessonError,
      'Expected at least two labels with enough pictures but found none',
    );
  });
});
