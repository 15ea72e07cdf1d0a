import { readFileSync } from 'node:fs';
import { CONDITIONS } from '@hangtag/shared/domain/report/findings.js';
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

  it('says for each alert of the report and of the functions what to look at and what to type', () => {
    const table = sections.get('Alerts of the report and of the functions') ?? '';

    const rows = [...table.matchAll(/^\| `([\w-]+)` \|[^|]+\|[^|]+\|$/gm)].map(([, condition]) => condition);

    expect(rows).to.have.members(Object.keys(CONDITIONS));
  });

  it('names only commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));

    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '');

    expect(named.filter((name) => !(name in scripts))).to.deep.equal([]);
  });
});
