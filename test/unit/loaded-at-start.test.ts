/** What every process of the functions reads before its first event. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

const STATIC_IMPORT = /^(?:import|export)\b[^'"()]*?['"]([^'"]+)['"];$/gm;
const ENTRY = fromRoot('functions/dist/index.js');

/** The packages and our own files that a compiled module imports at once, and what these import. */
function importedBy(file: string, found = new Set<string>()): ReadonlySet<string> {
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
    const path = pathOf(name, file);
    if (found.has(path ?? name)) continue;
    found.add(path ?? name);
    if (path !== undefined) importedBy(path, found);
  }
  return found;
}

/** @returns undefined for a module that is not ours */
function pathOf(name: string, from: string): string | undefined {
  if (name.startsWith('.')) return join(dirname(from), name);
  const [, workspace, path] = /^@hangtag\/(\w+)\/(.+)$/.exec(name) ?? [];
  return workspace === undefined ? undefined : fromRoot(`${workspace}/dist/${path}`);
}

describe('a process of the functions', () => {
  it('starts without calendars, the pages of reports and clients, which some functions need later', () => {
    const imported = [...importedBy(ENTRY)];

    const late =
      /report\/(page|handler)|@observablehq|nodemailer|temporal-polyfill|@google-cloud|@opentelemetry|sharp|onnxruntime|\/adapters\/(firestore|gcs)/;
    expect(imported.filter((each) => late.test(each))).to.deep.equal([]);
  });

  it('control: the schedule of reports needs their pages', () => {
    const imported = [...importedBy(fromRoot('functions/dist/report/schedule.js'))];

    expect(imported.some((each) => each.endsWith('report/page/page.js'))).to.equal(true);
    expect(imported).to.include('@observablehq/plot');
  });
});

describe('a process of the functions that handled an upload', () => {
  /** @returns the packages of OpenTelemetry that it loaded */
  async function loadedPackages(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [fromRoot('test/dist/fixtures/loaded-telemetry.js')],
      {
        env,
      },
    );
    return JSON.parse(stdout);
  }

  it('has loaded no package of OpenTelemetry if tracing is off', async () => {
    expect(await loadedPackages({})).to.deep.equal([]);
  });

  it('control: has loaded them if tracing is on', async () => {
    const packages = await loadedPackages({ HANGTAG_OTLP_ENDPOINT: 'http://127.0.0.1:1' });

    expect(packages).to.include.members(['sdk-trace-base', 'exporter-trace-otlp-http']);
  });
});
