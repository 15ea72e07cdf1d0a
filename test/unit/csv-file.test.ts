import { type CsvRow, csvFile } from '@hangtag/functions/report/csv-file.js';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';

async function csvOf(rows: readonly CsvRow[], byteOrderMark: 'utf-8' | 'none' = 'none'): Promise<string> {
  let text = '';
  const sink = {
    write: async (piece: string) => {
      text += piece;
    },
    close: async () => 'written' as const,
    abort: () => undefined,
  };
  const file = csvFile(sink, ['a', 'b'], { byteOrderMark });
  for (const row of rows) await file.add(row);
  await file.close();
  return text;
}

describe('A CSV file', () => {
  const cellOf = (...characters: string[]) => fc.string({ unit: fc.constantFrom(...characters) });
  const TEXT = ['a', ',', '"', '\r', '\n', 'é', '👗', ' ', ';', "'", '\t'];

  it('is read back unchanged, for any content of the cells', async () => {
    const cell = cellOf(...TEXT);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 20 }), async (rows) => {
        const read = parse(await csvOf(rows));

        expect(read).to.deep.equal([['a', 'b'], ...rows]);
      }),
    );
  });

  it('has no formula in any cell, however a spreadsheet separates cells and reads quotes', async () => {
    const cell = cellOf(...TEXT, '=', '+', '-', '@', '＝', '|');
    await fc.assert(
      fc.asyncProperty(fc.tuple(cell, cell), async (row) => {
        const text = await csvOf([row]);

        const [, ...cells] = text.replaceAll('"', '').split(/[,;|\t\r\n]/);
        for (const each of cells) expect(each.trimStart()).not.to.match(/^[=+\-@＝]/);
      }),
      { numRuns: 1000 },
    );
  });

  it('has quotes around every cell', async () => {
    expect(await csvOf([['x;=HYPERLINK(A1);y', null]])).to.equal(`"a","b"\r\n"x;'=HYPERLINK(A1);y",""\r\n`);
  });

  it('leaves a character of a formula as it is in the middle of a part', async () => {
    const text = 'returns/a=b-c@d+1.jpg, 2026-01-02T03:04:05Z';
    expect(parse(await csvOf([[text, 'x']]))).to.deep.include([text, 'x']);
  });

  it('has the line ends and quotes of RFC 4180', async () => {
    expect(
      await csvOf([
        ['x,y', 'say "hi"'],
        [null, 1],
      ]),
    ).to.equal('"a","b"\r\n"x,y","say ""hi"""\r\n"","1"\r\n');
  });

  for (const [formula, harmless] of Object.entries({
    '=1+1': "'=1+1",
    '+1': "'+1",
    '-1+2': "'-1+2",
    '@SUM(A1)': "'@SUM(A1)",
    '＝1+1': "'＝1+1",
    '\t=1': "\t'=1",
    '\r=1': "\r'=1",
    'x;=HYPERLINK(A1);y': "x;'=HYPERLINK(A1);y",
    'x; "=1': `x; "'=1`,
    'x\n=1': "x\n'=1",
    'x|+1': "x|'+1",
  })) {
    it(`keeps a spreadsheet from running ${JSON.stringify(formula)}`, async () => {
      const [, row] = parse(await csvOf([[formula, 'x']])) as string[][];
      expect(row?.[0]).to.equal(harmless);
    });
  }

  it('begins with a byte order mark only if the configuration requires it', async () => {
    expect(await csvOf([], 'utf-8')).to.equal('\uFEFF"a","b"\r\n');
    expect(await csvOf([])).to.equal('"a","b"\r\n');
  });

  it('has its header and its mark once, however many rows there are', async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) => [index, 'x']);
    const text = await csvOf(rows, 'utf-8');
    expect(text.match(/"a","b"/g)).to.have.length(1);
    expect(text.match(/\uFEFF/g)).to.have.length(1);
    expect(parse(text, { bom: true })).to.have.length(1_501);
  });
});
