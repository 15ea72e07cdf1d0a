import { runInNewContext } from 'node:vm';
import type { File } from '@google-cloud/storage';
import { globMatcher } from '@hangtag/emulators/bucket/glob.js';
import { expect } from 'chai';
import { type BucketFixture, startBucketFixture, statusOf, stopBucketFixture } from './bucket-fixture.js';

/** Names that break paths, editors or UTF-16 order. */
const STRANGE = [
  'caf\u00e9',
  'cafe\u0301',
  '\u{1f457} dress.jpg',
  '\uffee halfwidth',
  '../../etc/passwd',
  '..%2f..%2fescape',
  'a/./b/../c',
  '/absolute',
  'trailing/',
  'tab\there',
  'bell\u0007nul\u0000',
  'line\u2028separator',
  '\u202Ertl',
  'plus+space and#hash?query&amp',
  'b/o/rewriteTo',
  '"quotes" <html> \\ back',
  'x'.repeat(1024),
];
const PLAIN = Array.from({ length: 2500 - STRANGE.length }, (_, index) => `plain/${index % 7}/${index}`);

const byUtf8 = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const namesOf = (files: readonly File[]): string[] => files.map((file) => file.name);

describe('a listing of 2,500 names', () => {
  let fixture: BucketFixture;
  const all = [...STRANGE, ...PLAIN].sort(byUtf8);

  before(async () => {
    fixture = await startBucketFixture();
    const waiting = [...STRANGE, ...PLAIN];
    const put = async () => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        const url = `${fixture.server.url}/upload/storage/v1/b/inbox/o?uploadType=media&name=${encodeURIComponent(name)}`;
        const response = await fetch(url, { method: 'POST', body: name });
        if (response.status !== 200) throw new Error(await response.text());
      }
    };
    await Promise.all(Array.from({ length: 16 }, put));
  });
  after(() => stopBucketFixture(fixture));

  it('returns all names in UTF-8 order, page by page', async () => {
    const [files] = await fixture.bucket.getFiles();

    expect(namesOf(files)).to.deep.equal(all);
  });

  it('fills each page and returns the token of the next one', async () => {
    const sizes: number[] = [];
    let query: object | null = { maxResults: 999, autoPaginate: false };
    while (query) {
      const [files, next]: [File[], object | null, unknown] = await fixture.bucket.getFiles(query);
      sizes.push(files.length);
      query = next;
    }

    expect(sizes).to.deep.equal([999, 999, 502]);
  });

  it('continues correctly when the last name of a page was deleted', async () => {
    const [first, next] = await fixture.bucket.getFiles({
      prefix: 'plain/6/',
      maxResults: 10,
      autoPaginate: false,
    });
    await first.at(-1)?.delete();
    const [second] = await fixture.bucket.getFiles({ ...next, autoPaginate: false });
    await first.at(-1)?.save('back');

    const expected = all.filter((name) => name.startsWith('plain/6/'));
    expect([...namesOf(first), ...namesOf(second)]).to.deep.equal(expected.slice(0, 20));
  });

  it('selects by prefix and by range without its end', async () => {
    const [byPrefix] = await fixture.bucket.getFiles({ prefix: 'plain/3/1' });
    const [byRange] = await fixture.bucket.getFiles({ startOffset: 'plain/2', endOffset: 'plain/4/1000' });

    expect(namesOf(byPrefix)).to.deep.equal(all.filter((name) => name.startsWith('plain/3/1')));
    const inRange = (name: string) => byUtf8(name, 'plain/2') >= 0 && byUtf8(name, 'plain/4/1000') < 0;
    expect(namesOf(byRange)).to.deep.equal(all.filter(inRange));
  });

  it('groups names by delimiter across pages', async () => {
    const pages: string[][] = [];
    let query: object | null = { delimiter: '/', prefix: 'plain/', maxResults: 3, autoPaginate: false };
    while (query) {
      const [files, next, page]: [File[], object | null, unknown] = await fixture.bucket.getFiles(query);
      expect(files).to.deep.equal([]);
      pages.push((page as { prefixes?: string[] }).prefixes ?? []);
      query = next;
    }

    expect(pages).to.deep.equal(
      [[0, 1, 2], [3, 4, 5], [6]].map((digits) => digits.map((digit) => `plain/${digit}/`)),
    );
  });

  it('matches globs as Cloud Storage does', async () => {
    const matching = async (matchGlob: string) => namesOf((await fixture.bucket.getFiles({ matchGlob }))[0]);

    expect(await matching('plain/*')).to.deep.equal([]);
    expect(await matching('**/100?')).to.deep.equal(all.filter((name) => /\/100[^/]$/.test(name)));
    expect(await matching('plain/{0,1}/[1-3]')).to.deep.equal(
      all.filter((name) => /^plain\/[01]\/[1-3]$/.test(name)),
    );
    expect(await matching('\u{1f457}*')).to.deep.equal(['\u{1f457} dress.jpg']);
  });

  it('matches a glob of many stars and groups without trying all combinations', async () => {
    const matches = globMatcher(`${'{a,*}'.repeat(100)}${'**'.repeat(100)}b`);
    const names = ['a'.repeat(1_000), `${'a'.repeat(999)}b`];

    // A regular expression does not end within hours, and would stop the process of this test.
    const found = runInNewContext('names.map(matches)', { matches, names }, { timeout: 50_000 });

    expect([...found]).to.deep.equal([false, true]);
    expect(await statusOf(fixture.bucket.getFiles({ matchGlob: 'x'.repeat(1_025) }))).to.equal(400);
  });

  it('reads every strange name as a separate object', async () => {
    for (const name of STRANGE) {
      const [content] = await fixture.bucket.file(name).download();
      expect(content.toString(), JSON.stringify(name)).to.equal(name);
    }
  });

  it('rejects the names that Cloud Storage rejects', async () => {
    const save = (name: string) => statusOf(fixture.bucket.file(name).save('x', { resumable: false }));

    expect(await save('x'.repeat(1025))).to.equal(400);
    expect(await save('\u00e9'.repeat(513))).to.equal(400);
    expect(await save('two\nlines')).to.equal(400);
    expect(await save('carriage\rreturn')).to.equal(400);
    expect(await save('..')).to.equal(400);
    expect(await save('\u00e9'.repeat(512))).to.equal(200);
    await fixture.bucket.file('\u00e9'.repeat(512)).delete();
  });
});
