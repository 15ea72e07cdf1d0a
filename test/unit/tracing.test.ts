/** Traces from an upload to its label, received as a collector of OpenTelemetry receives them. */

import {
  type ReceivedSpan,
  type SpanReceiver,
  startSpanReceiver,
} from '@hangtag/emulators/tracing/span-receiver.js';
import { typicalTrace, waterfallPage } from '@hangtag/emulators/tracing/waterfall.js';
import { type EventEntry, isEvent } from '@hangtag/functions/platform/function-entry.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { runEvent } from '@hangtag/functions/platform/run-function.js';
import type { OutgoingMessage } from '@hangtag/shared/ports/publisher.js';
import { expect } from 'chai';
import { BUCKET } from '../fixtures/records.js';
import { memoryApp } from '../support/memory-app.js';
import { ManualClock, ScriptedClassifier } from '../support/stage.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

function entry(name: string): EventEntry {
  return FUNCTIONS.filter(isEvent).find((each) => each.name === name) ?? expect.fail(`Expected ${name}`);
}

describe('The trace of an image', () => {
  const clock = new ManualClock();
  let receiver: SpanReceiver;
  beforeEach(async () => {
    receiver = await startSpanReceiver();
  });
  afterEach(() => receiver.close());

  /** Uploads one image and labels it, as the bucket and Pub/Sub do. */
  async function labelOne(env: Readonly<Record<string, string>>, classifier = new ScriptedClassifier()) {
    const published: OutgoingMessage[] = [];
    const memory = memoryApp({
      clock,
      classifier,
      env: { HANGTAG_BUCKET: BUCKET, ...env },
      onPublish: (_, message) => published.push(message),
    });
    const generation = await memory.objects.write({
      bucket: BUCKET,
      name: 'x.jpg',
      bytes: new Uint8Array([1]),
    });
    const timeCreated = new Date(clock.now()).toISOString();
    const object = { bucket: BUCKET, name: 'x.jpg', generation, size: '1', timeCreated };
    await runEvent(entry('ingest'), { data: object }, { app: memory.app, traceparent: TRACEPARENT });
    const [message] = published;
    await runEvent(entry('classify'), { data: { message: delivered(message) } }, { app: memory.app });
    return { message, memory };
  }

  const delivered = (message: OutgoingMessage | undefined) => ({
    data: Buffer.from(JSON.stringify(message?.data)).toString('base64'),
    attributes: message?.attributes,
    publishTime: new Date(clock.now()).toISOString(),
  });
  const named = (name: string): ReceivedSpan =>
    receiver.spans.find((span) => span.name === name) ?? expect.fail(`Expected the span ${name}`);

  it('goes through Pub/Sub: the message names the span that published it', async () => {
    const { message } = await labelOne({ HANGTAG_OTLP_ENDPOINT: receiver.endpoint });

    const publishing = named('publish image-uploaded');
    expect(new Set(receiver.spans.map(({ traceId }) => traceId))).to.deep.equal(new Set([TRACE_ID]));
    expect(message?.attributes).to.include({ traceparent: `00-${TRACE_ID}-${publishing.spanId}-01` });
    expect(publishing.parentSpanId).to.equal(named('ingest').spanId);
    expect(named('ingest').parentSpanId).to.equal(TRACEPARENT.split('-')[2]);
    expect(named('classify').parentSpanId).to.equal(publishing.spanId);
    for (const part of ['objects.read', 'classifier', 'records.update'])
      expect(named(part).parentSpanId, part).to.equal(named('classify').spanId);
    for (const part of ['decode', 'infer'])
      expect(named(part).parentSpanId, part).to.equal(named('classifier').spanId);
  });

  it('is sent before the event is answered', async () => {
    await labelOne({ HANGTAG_OTLP_ENDPOINT: receiver.endpoint });

    expect(named('classify').endMs).to.be.at.least(named('classify').startMs);
  });

  it('shows a part that failed', async () => {
    const classifier = new ScriptedClassifier();
    classifier.classify = async () => Promise.reject(new Error('broken'));

    const error = await labelOne({ HANGTAG_OTLP_ENDPOINT: receiver.endpoint }, classifier).catch(String);

    expect(error).to.include('broken');
    expect([named('classifier').hasFailed, named('objects.read').hasFailed]).to.deep.equal([true, false]);
  });

  it('has an image that waited for its model', async () => {
    const loading = new ScriptedClassifier();
    const { model } = loading;
    Object.defineProperty(loading, 'model', {
      get: () => expect.fail('The model is loading'),
      configurable: true,
    });
    const classify = loading.classify.bind(loading);
    loading.classify = async (...given) => {
      Object.defineProperty(loading, 'model', { value: model });
      return classify(...given);
    };

    await labelOne({ HANGTAG_OTLP_ENDPOINT: receiver.endpoint }, loading);

    expect(named('classifier').hasFailed).to.equal(false);
  });

  it('is not sent for the share of traces that is left out', async () => {
    await labelOne({ HANGTAG_OTLP_ENDPOINT: receiver.endpoint, HANGTAG_TRACE_SHARE: '0' });

    expect(receiver.spans).to.deep.equal([]);
  });

  it('does not stop an image if the collector cannot be reached', async () => {
    receiver.close();

    const { memory } = await labelOne({ HANGTAG_OTLP_ENDPOINT: receiver.endpoint });

    expect(memory.lines.map((line) => [line['function'], line['outcome']])).to.deep.equal([
      ['ingest', 'queued'],
      ['traces', 'not-sent'],
      ['classify', 'done'],
      ['traces', 'not-sent'],
    ]);
  });

  it('does not exist without a collector: messages have no attribute', async () => {
    const { message, memory } = await labelOne({});

    expect(memory.app.tracer).to.equal(undefined);
    expect(message?.attributes).to.equal(undefined);
    expect(receiver.spans).to.deep.equal([]);
  });

  it('is a page with a line for each span', async () => {
    await labelOne({ HANGTAG_OTLP_ENDPOINT: receiver.endpoint });

    const page = waterfallPage(typicalTrace(receiver.spans));

    const rows = [...page.matchAll(/<tr><td style="padding-left:([\d.]+)rem">([\w. -]+)</g)];
    expect(rows).to.have.length(receiver.spans.length);
    expect(rows[0]?.slice(1)).to.deep.equal(['0.4', 'ingest']);
    expect(rows.map(([, , name]) => name)).to.include.members(['classify', 'infer']);
  });

  it('is the one whose time is the median', () => {
    const trace = (traceId: string, endMs: number): ReceivedSpan[] =>
      ['ingest', 'infer'].map((name) => ({
        ...{ traceId, name, endMs, spanId: name, startMs: 0, parentSpanId: undefined, hasFailed: false },
      }));
    const spans = [...trace('slow', 900), ...trace('usual', 90), ...trace('fast', 9)];

    expect(typicalTrace(spans)[0]?.traceId).to.equal('usual');
  });
});
