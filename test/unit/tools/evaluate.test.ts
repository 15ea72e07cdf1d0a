import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NONE_OF_THE_LABELS } from '@hangtag/shared/domain/delivery-figures.js';
import { guaranteesOf } from '@hangtag/shared/domain/precision-guarantee.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { ImageIndex } from '@hangtag/tools/evaluate/image-index.js';
import { readLabels } from '@hangtag/tools/evaluate/labelled-files.js';
import { runEvaluation } from '@hangtag/tools/evaluate/run-evaluation.js';
import { writeGuarantees } from '@hangtag/tools/evaluate/write-guarantees.js';
import { expect } from 'chai';
import { COLOURS_MODEL } from '../../fixtures/paths.js';
import { flat } from '../../fixtures/pictures.js';
import { copyOfColours } from '../../support/model-folder.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('npm run evaluate', () => {
  let folder: string;

  beforeEach(async () => {
    folder = temporaryDirectory();
  });

  async function csv(text: string): Promise<string> {
    const path = join(folder, 'labels.csv');
    await writeFile(path, text);
    return path;
  }

  describe('reads labels', () => {
    it('from file and label, quoted as in RFC 4180', async () => {
      const path = await csv(
        '\ufefffile,label,note\r\n"a ""b"", c.jpg",red,"two\r\nlines"\r\nd.jpg,"blue",\r\n',
      );

      expect(await readLabels(path)).to.deep.equal([
        { name: 'a "b", c.jpg', label: 'red', source: 'all' },
        { name: 'd.jpg', label: 'blue', source: 'all' },
      ]);
    });

    it('from id and articleType, of the requested rows', async () => {
      const path = await csv('id,articleType,split\n1,red,train\n2,blue,val\n');

      expect(await readLabels(path, { filter: { column: 'split', value: 'val' } })).to.deep.equal([
        { name: '2', label: 'blue', source: 'all' },
      ]);
      expect(await readLabels(path)).to.have.length(2);
    });

    it('from image and label, with their sources; an empty label means a picture without any of the labels', async () => {
      const path = await csv('image,folder,label\n1,phone,red\n2,studio,\n');

      expect(await readLabels(path, { sourceColumn: 'folder' })).to.deep.equal([
        { name: '1', label: 'red', source: 'phone' },
        { name: '2', label: NONE_OF_THE_LABELS, source: 'studio' },
      ]);
    });

    it('and names missing columns', async () => {
      const path = await csv('name,class\n1,red\n');
      const filtered = readLabels(await csv('id,articleType\n1,red\n'), {
        filter: { column: 'split', value: 'val' },
      });

      expect(String(await filtered.catch((error: unknown) => error))).to.include('the column split');
      await csv('name,class\n1,red\n');
      const error = await readLabels(path).catch((reason: unknown) => reason);
      expect(String(error)).to.include('id,articleType').and.to.include('name,class');
    });
  });

  it('labels pictures found by path or by name, and counts those left out', async () => {
    await mkdir(join(folder, 'below'));
    await writeFile(join(folder, 'below', '1.jpg'), await flat('#e00000').jpeg().toBuffer());
    await writeFile(join(folder, '2.png'), await flat('#00e000').png().toBuffer());
    await writeFile(join(folder, '3.jpg'), 'text');
    const rows = [
      { name: '1', label: 'red' },
      { name: 'below/1.jpg', label: 'red' },
      { name: '2.png', label: 'blue' },
      { name: '3', label: 'red' },
      { name: 'lost', label: 'red' },
      { name: '2', label: 'purple' },
      { name: '2', label: NONE_OF_THE_LABELS },
    ].map((row) => ({ ...row, source: 'all' }));
    const classifier = await loadClassifier(COLOURS_MODEL, { engine: 'onnx' });
    let progress = 0;

    const { report, measured, leftOut } = await runEvaluation({
      classifier,
      labels: ['red', 'green', 'blue'],
      rows,
      images: await ImageIndex.of(folder),
      onProgress: () => {
        progress += 1;
      },
    });

    await classifier.close();
    expect(Object.keys(report)).to.deep.equal([
      'n',
      'accuracy',
      'perClass',
      'confusion',
      'ece',
      'tiers',
      'ms',
      'delivered',
    ]);
    expect(report.n).to.equal(3);
    expect(report.accuracy).to.equal(2 / 3);
    expect(report.confusion['blue']?.['green']).to.equal(1);
    expect(report.delivered['all']).to.deep.include({ n: 4, right: 1 / 2, wrong: 1 / 2, macroRight: 1 / 2 });
    expect(report.delivered['all']?.byLabel[NONE_OF_THE_LABELS]).to.deep.include({ n: 1, wrong: 1 });
    expect(measured.map(({ background, isRight }) => [background, isRight])).to.deep.equal([
      ['other', true],
      ['other', true],
      ['other', false],
      ['other', false],
    ]);
    expect(report.ms.decode).to.be.above(0);
    expect(leftOut).to.deep.equal([
      { name: '3', reason: 'not-an-image' },
      { name: 'lost', reason: 'no such file' },
      { name: '2', reason: 'the model has no label purple' },
    ]);
    expect(progress).to.equal(rows.length);
  });

  it('writes the precisions that the pictures support into the manifest, and nothing else', async () => {
    const model = await copyOfColours();
    const before = await readManifest(model);
    const image = { background: 'white', confidence: 0.97, isRight: true } as const;
    const guarantees = guaranteesOf(Array.from({ length: 40 }, () => image));

    await writeGuarantees(model, guarantees);

    const after = await readManifest(model);
    expect(after).to.deep.equal({ ...before, guarantees });
    expect(after.guarantees?.white).to.deep.equal([{ precision: 0.9, confidence: 0.97, n: 40, wrong: 0 }]);
  });
});
