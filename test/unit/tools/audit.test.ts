import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AUDITS, audit, judgeSignatures, judgeVulnerabilities, type Verdict } from '@hangtag/tools/audit.js';
import { expect } from 'chai';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const NONE = { low: 0, moderate: 0, high: 0, critical: 0 };

const reportOf = (vulnerabilities: object) =>
  JSON.stringify({ auditReportVersion: 2, metadata: { vulnerabilities: { ...NONE, ...vulnerabilities } } });

describe('the audit of dependencies', () => {
  it('fails on severe vulnerabilities, and lists the others', () => {
    expect(judgeVulnerabilities(reportOf({ high: 1 })).kind).to.equal('failed');
    expect(judgeVulnerabilities(reportOf({ critical: 1 })).kind).to.equal('failed');
    expect(judgeVulnerabilities(reportOf({ moderate: 2, low: 3 }))).to.deep.equal({
      kind: 'passed',
      summary: '0 critical, 0 high, 2 moderate, 3 low',
    });
  });

  it('fails on a wrong or missing signature, and names the package', () => {
    const left = { name: 'left', version: '1.0.0' };

    expect(judgeSignatures(JSON.stringify({ invalid: [left], missing: [] }))).to.deep.equal({
      kind: 'failed',
      summary: '1 invalid, 0 missing: left@1.0.0',
    });
    expect(judgeSignatures(JSON.stringify({ invalid: [], missing: [left] })).kind).to.equal('failed');
    expect(judgeSignatures(JSON.stringify({ invalid: [], missing: [] })).kind).to.equal('passed');
  });

  it('has no result without a report, and gives the reason', () => {
    const none = (why: string) => ({ kind: 'unanswered', why });

    expect(judgeVulnerabilities('{"statusCode": 405, "message": "Not Allowed"}')).to.deep.equal(none('405'));
    expect(judgeSignatures('{"error": {"code": "ENOTFOUND"}}')).to.deep.equal(none('ENOTFOUND'));
    expect(judgeSignatures('')).to.deep.equal(none('no report'));
  });

  it("understands npm's output for a registry with a vulnerability and for one that does not answer", async () => {
    const finding = await audited((path) => (path.endsWith('/bulk') ? ADVISORY : PACKUMENT));
    const silent = await audited(() => undefined);

    expect(finding).to.deep.equal({ kind: 'failed', summary: '1 critical, 0 high, 0 moderate, 0 low' });
    expect(silent).to.deep.equal({ kind: 'unanswered', why: '405' });
  }).timeout(120_000);
});

const LOCK = {
  name: 'audited',
  lockfileVersion: 3,
  packages: { '': { dependencies: { leftover: '1.0.0' } }, 'node_modules/leftover': { version: '1.0.0' } },
};
const ADVISORY = {
  leftover: [{ id: 1, url: '', title: 'bad', severity: 'critical', vulnerable_versions: '<=1.0.0' }],
};
const PACKUMENT = {
  name: 'leftover',
  'dist-tags': { latest: '1.0.0' },
  versions: { '1.0.0': { name: 'leftover', version: '1.0.0' } },
};

/**
 * The first audit in a project with one dependency, against a registry with these answers; undefined means 405.
 */
async function audited(answer: (path: string) => object | undefined): Promise<Verdict> {
  const registry = createServer((request, response) => {
    const body = answer(request.url ?? '');
    response.writeHead(body ? 200 : 405, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? {}));
  });
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const folder = temporaryDirectory();
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'audited', dependencies: { leftover: '1.0.0' } }),
  );
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(LOCK));
  const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  const env = { ...process.env, npm_config_registry: url, npm_config_cache: join(folder, 'cache') };
  try {
    return await audit(AUDITS['npm audit'], { cwd: folder, env });
  } finally {
    registry.closeAllConnections();
    registry.close();
  }
}
