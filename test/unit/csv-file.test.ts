import { CsvFile, type CsvRow } from '@hangtag/functions/report/csv-file.js';
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
  const file = new CsvFile(sink, ['a', 'b'], { byteOrderMark });
  for (const row of rows) await file.add(row);
  await file.close();
  return text;
}

describe('A CSV file', () => {
  it('is read back as it was written, whatever the cells contain', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\r', '\n', 'é', '👗', ' ', ';', "'", '\t'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 20 }), async (rows) => {
        const plain = rows.map((row) => row.map((text) => text.replace(/^[\t\r]+/, '')));

        const read = parse(await csvOf(plain));

        expect(read).to.deep.equal([['a', 'b'], ...plain]);
      }),
    );
  });

  it('ends lines and quotes as RFC 4180 says', async () => {
    expect(
      await csvOf([
        ['x,y', 'say "hi"'],
        [null, 1],
      ]),
    ).to.equal('a,b\r\n"x,y","say ""hi"""\r\n,1\r\n');
  });

  for (const formula of ['=1+1', '+1', '-1+2', '@SUM(A1)', '\t=1', '\r=1']) {
    it(`keeps a spreadsheet from running ${JSON.stringify(formula)}`, async () => {
      const [, row] = parse(await csvOf([[formula, 'x']])) as string[][];
      expect(row?.[0]).to.equal(`'${formula}`);
    });
  }

  it('begins with a byte order mark where somebody asked for it, and only there', async () => {
    expect(await csvOf([], 'utf-8')).to.equal('\uFEFFa,b\r\n');
    expect(await csvOf([])).to.equal('a,b\r\n');
  });

  it('has its header and its mark once, however many rows there are', async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) => [index, 'x']);
    const text = await csvOf(rows, 'utf-8');
    expect(text.match(/a,b/g)).to.have.length(1);
    expect(text.match(/\uFEFF/g)).to.have.length(1);
    expect(parse(text, { bom: true })).to.have.length(1_501);
  });
});
