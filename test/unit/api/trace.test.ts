/** The trace of a request is in the log lines of everything that it causes. */
import { type EventEntry, isEvent } from '@hangtag/functions/platform/function-entry.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { runEvent } from '@hangtag/functions/platform/run-function.js';
import { expect } from 'chai';
import { BUCKET } from '../../fixtures/records.js';
import { ApiStage } from '../../support/api-stage.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;
/** Of the delivery itself. */
const OTHER = `00-${'f'.repeat(32)}-b7ad6b7169203331-01`;

function entry(name: string): EventEntry {
  const found = FUNCTIONS.filter(isEvent).find((each) => each.name === name);
  return found ?? expect.fail(`Expected a function ${name}`);
}

describe('The trace of a request', () => {
  const before = process.env['GOOGLE_CLOUD_PROJECT'];
  let stage: ApiStage;

  beforeEach(() => {
    process.env['GOOGLE_CLOUD_PROJECT'] = 'shop';
    stage = new ApiStage();
  });

  afterEach(() => {
    if (before === undefined) delete process.env['GOOGLE_CLOUD_PROJECT'];
    else process.env['GOOGLE_CLOUD_PROJECT'] = before;
  });

  const call = () => ({ app: stage.memory.app, traceparent: OTHER });
  const traces = () =>
    stage.memory.lines.map((line) => [line['function'], line['logging.googleapis.com/trace']]);
  const deliver = (name: string) => {
    const { data, attributes = {} } = stage.published.at(-1) ?? expect.fail('Expected a message');
    const message = {
      data: Buffer.from(JSON.stringify(data)).toString('base64'),
      attributes,
      publishTime: new Date(stage.clock.now()).toISOString(),
    };
    return runEvent(entry(name), { data: { message } }, call());
  };

  it('goes from a reclassification through Pub/Sub to the line of classify', async () => {
    const id = await stage.add('x.jpg');
    const key = await stage.key(['review']);

    await stage.ask(key, `POST /v1/images/${id}/reclassify`, undefined, { traceparent: TRACEPARENT });
    await deliver('classifyBackfill');

    const trace = `projects/shop/traces/${TRACE_ID}`;
    expect(traces()).to.deep.equal([
      ['api', trace],
      ['classifyBackfill', trace],
    ]);
  });

  it('goes from an upload through the metadata of the object to the lines of ingest and classify', async () => {
    const key = await stage.key(['upload']);
    const upload = { name: 'x.jpg', contentType: 'image/jpeg', size: 1 };
    const { name, headers } = await stage.read<{ name: string; headers: Record<string, string> }>(
      key,
      'POST /v1/uploads',
      upload,
      { traceparent: TRACEPARENT },
    );
    const traceparent = headers['x-goog-meta-traceparent'] ?? '';
    const bytes = new Uint8Array([1]);
    const generation = await stage.memory.objects.write({ bucket: BUCKET, name, bytes });
    const timeCreated = new Date(stage.clock.now()).toISOString();
    const object = { bucket: BUCKET, name, generation, size: '1', timeCreated, metadata: { traceparent } };

    await runEvent(entry('ingest'), { data: object }, call());
    await deliver('classify');

    const trace = `projects/shop/traces/${TRACE_ID}`;
    expect(traces()).to.deep.equal([
      ['api', trace],
      ['ingest', trace],
      ['classify', trace],
    ]);
  });

  it('is that of the delivery if the object has a malformed one', async () => {
    const timeCreated = new Date(stage.clock.now()).toISOString();
    const metadata = { traceparent: 'x'.repeat(55) };
    const object = { bucket: BUCKET, name: 'x.jpg', generation: '7', size: '1', timeCreated, metadata };

    await runEvent(entry('ingest'), { data: object }, call());

    expect(traces()).to.deep.equal([['ingest', `projects/shop/traces/${'f'.repeat(32)}`]]);
    expect(stage.published.at(-1)).not.to.have.property('attributes');
  });
});
