/** GET /metrics, and the dashboard of Grafana that reads it. */
import { readFileSync } from 'node:fs';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { createApi } from '@hangtag/functions/api/create-api.js';
import { mountDocs } from '@hangtag/functions/api/routes/docs.js';
import type { App } from '@hangtag/functions/app/app.js';
import { isEvent } from '@hangtag/functions/platform/function-entry.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { runEvent } from '@hangtag/functions/platform/run-function.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { BUCKET } from '../fixtures/records.js';
import { listens } from '../support/listens.js';
import { memoryApp } from '../support/memory-app.js';
import { ManualClock, ScriptedClassifier } from '../support/stage.js';
import { until } from '../support/until.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

describe('The metrics', () => {
  const opened: App[] = [];
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
  });

  function appWith(env: Readonly<Record<string, string>>) {
    const variables = { HANGTAG_BUCKET: BUCKET, ...env };
    const memory = memoryApp({
      clock: new ManualClock(),
      classifier: new ScriptedClassifier(),
      env: variables,
    });
    opened.push(memory.app);
    return memory;
  }

  async function servedBy(port: number): Promise<string> {
    await until('the port of the metrics', () => listens(port));
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }

  const [ingest = expect.fail('Expected a function')] = FUNCTIONS.filter(isEvent);
  const unreadable = { data: { not: 'an object' } };

  it('count the calls of a function by outcome, with the trace of a call', async () => {
    const port = await freePort();
    const { app } = appWith({ HANGTAG_METRICS_PORT: String(port) });
    await servedBy(port);

    await runEvent(ingest, unreadable, { app, traceparent: TRACEPARENT });
    await runEvent(ingest, unreadable, { app });

    const text = await servedBy(port);
    expect(text).to.include('hangtag_calls_total{function="ingest",outcome="malformed"} 2');
    expect(text).to.include('hangtag_call_seconds_count{function="ingest"} 2');
    expect(text).to.match(new RegExp(`hangtag_call_seconds_bucket.* # \\{trace_id="${TRACE_ID}"\\}`));
    expect(text).to.match(/# EOF\n$/);
  });

  for (const [what, traceparent] of Object.entries({
    'a long id': `0-${'x'.repeat(200)}`,
    'a quote': '0-"',
  })) {
    it(`count a request without its trace if the traceparent has ${what}`, async () => {
      const port = await freePort();
      const { app } = appWith({ HANGTAG_METRICS_PORT: String(port) });
      await servedBy(port);
      const api = createApi({
        app,
        authenticate: async () => undefined,
        isPublic: false,
        mounts: [mountDocs],
      });

      const { status } = await api.request('/openapi.json', { headers: { traceparent } });

      expect(status).to.equal(200);
      const text = await servedBy(port);
      expect(text).to.include('hangtag_calls_total{function="api",outcome="answered"} 1');
      expect(text).not.to.include('trace_id');
    });
  }

  it('are at /metrics only', async () => {
    const port = await freePort();
    appWith({ HANGTAG_METRICS_PORT: String(port) });
    await servedBy(port);

    expect((await fetch(`http://127.0.0.1:${port}/`)).status).to.equal(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics?name=x`)).status).to.equal(200);
  });

  it('answer GET and HEAD, and name both to another method', async () => {
    const port = await freePort();
    appWith({ HANGTAG_METRICS_PORT: String(port) });
    await servedBy(port);

    const ask = (method: string) => fetch(`http://127.0.0.1:${port}/metrics`, { method });
    const [head, post] = [await ask('HEAD'), await ask('POST')];

    expect(head.status).to.equal(200);
    expect(head.headers.get('content-type')).to.include('openmetrics');
    expect(post.status).to.equal(405);
    expect(post.headers.get('allow')).to.equal('GET, HEAD');
  });

  it('do not stop a function whose port is taken', async () => {
    const port = await freePort();
    appWith({ HANGTAG_METRICS_PORT: String(port) });
    await servedBy(port);

    const { app, lines } = appWith({ HANGTAG_METRICS_PORT: String(port) });
    await until('the log line', () => lines.some(({ outcome }) => outcome === 'not-served'));
    await runEvent(ingest, unreadable, { app });

    expect(lines.at(-1)).to.include({ function: 'ingest', outcome: 'malformed' });
  });

  it('do not exist without a port', () => {
    expect(appWith({}).app.metrics).to.equal(undefined);
  });

  it('have every name that the dashboard of Grafana reads', async () => {
    const port = await freePort();
    const { app } = appWith({ HANGTAG_METRICS_PORT: String(port) });
    await servedBy(port);
    await runEvent(ingest, unreadable, { app });

    const dashboard = readFileSync(fromRoot('deploy/grafana/hangtag.json'), 'utf8');
    const names = new Set(dashboard.match(/\b(hangtag|process|nodejs)_\w+/g));

    const lines = (await servedBy(port)).split('\n');
    expect(names.size).to.be.at.least(5);
    for (const name of names)
      expect(
        lines.some((line) => line.match(/^\w+/)?.[0] === name),
        name,
      ).to.equal(true);
  });

  it('have every function and outcome that the dashboard of Grafana selects', () => {
    const dashboard = readFileSync(fromRoot('deploy/grafana/hangtag.json'), 'utf8');
    const selected = [...dashboard.matchAll(/function=~\\"([\w|]+)\\"/g)].flatMap(([, names = '']) =>
      names.split('|'),
    );

    expect(FUNCTIONS.map(({ name }) => name)).to.include.members(selected);
  });
});
