import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

describe('docs/operations.md', () => {
  const text = readFileSync(fromRoot('docs/operations.md'), 'utf8');
  const alerts = [...Object.keys(JSON.parse(readFileSync(fromRoot('deploy/alerts.json'), 'utf8'))), 'budget'];
  const sections = new Map(text.split(/^## /m).map((section) => [section.split('\n')[0], section]));

  for (const alert of alerts) {
    it(`says for the alert ${alert} what it means, what to look at and what to type`, () => {
      expect(sections.get(alert)).to.contain('**Means:**').and.contain('**Look at:**').and.contain('**Type');
    });
  }

  it('names only commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));

    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '');

    expect(named.filter((name) => !(name in scripts))).to.deep.equal([]);
  });
});
