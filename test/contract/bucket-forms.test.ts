import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { formOf, type PolicyOptions, policyFor } from '../support/signed-forms.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const PICTURE = new Blob([new Uint8Array(100).fill(7)], { type: 'image/jpeg' });

describe('forms with a signed policy', () => {
  let fixture: BucketFixture;
  let clockAheadMs = 0;

  before(async () => {
    fixture = await startBucketFixture({ nowMs: () => Date.now() + clockAheadMs });
  });
  afterEach(() => {
    clockAheadMs = 0;
  });
  after(() => stopBucketFixture(fixture));

  const policyOf = (name: string, options: PolicyOptions = {}) =>
    policyFor(fixture.server.url, name, options);
  const exists = async (name: string) => (await fixture.bucket.file(name).exists())[0];

  async function send(fields: Readonly<Record<string, string>>, file: Blob | undefined = PICTURE) {
    const body = formOf(fields, file);
    const url = `${fixture.server.url}/inbox`;
    const response = await fetch(url, { method: 'POST', body, redirect: 'manual' });
    return { status: response.status, headers: response.headers, body: await response.text() };
  }

  it('upload an object with its metadata', async () => {
    const fields = { 'Content-Type': 'image/jpeg', 'x-goog-meta-owner': 'ann', 'Cache-Control': 'no-store' };
    const policy = await policyOf('forms/é 1.jpg', { fields });

    const answer = await send(policy.fields);

    const [metadata] = await fixture.bucket.file('forms/é 1.jpg').getMetadata();
    expect(policy.url).to.equal(`${fixture.server.url}/inbox`);
    expect([answer.status, answer.body]).to.deep.equal([204, '']);
    expect(metadata).to.deep.include({
      size: '100',
      contentType: 'image/jpeg',
      cacheControl: 'no-store',
      metadata: { owner: 'ann' },
    });
  });

  it('use the name of the file for the variable filename', async () => {
    const { fields } = await policyOf(`forms/\${filename}`);

    await send(fields);

    expect(await exists('forms/photo.jpg')).to.equal(true);
  });

  it('answer with the status or the redirect that the form asks for', async () => {
    const next = 'http://localhost:5173/done?step=2';
    const answers = [];
    for (const asked of [
      { success_action_status: '200' },
      { success_action_status: '201' },
      { success_action_status: '418' },
      { success_action_redirect: next },
    ]) {
      const { fields } = await policyOf('forms/a&b.jpg', { fields: asked });
      answers.push(await send(fields));
    }

    const [, created, , redirected] = answers;
    const location = new URL(redirected?.headers.get('location') ?? '');
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 201, 204, 303]);
    expect(created?.body).to.include(`<Location>${fixture.server.url}/inbox/forms/a%26b.jpg</Location>`);
    expect(created?.body).to.include('<Bucket>inbox</Bucket><Key>forms/a&amp;b.jpg</Key>');
    expect(Object.fromEntries(location.searchParams)).to.include({
      step: '2',
      bucket: 'inbox',
      key: 'forms/a&b.jpg',
    });
  });

  const REFUSED: readonly (readonly [
    string,
    PolicyOptions,
    Record<string, string>,
    code: string,
    details: string,
  ])[] = [
    ['another name', {}, { key: 'forms/other.jpg' }, 'InvalidPolicyDocument', 'key'],
    ['no key', {}, { key: '' }, 'InvalidPolicyDocument', 'key'],
    [
      'a field that starts otherwise',
      { conditions: [['starts-with', '$Content-Type', 'image/']] },
      { 'Content-Type': 'text/html' },
      'InvalidPolicyDocument',
      'content-type',
    ],
    [
      'a field that is not equal',
      { conditions: [['eq', '$Content-Type', 'image/jpeg']] },
      { 'Content-Type': 'image/jpeg2' },
      'InvalidPolicyDocument',
      'content-type',
    ],
    [
      'a field that is missing',
      { conditions: [['starts-with', '$x-goog-meta-owner', '']] },
      {},
      'InvalidPolicyDocument',
      'x-goog-meta-owner',
    ],
    [
      'a field without a condition',
      {},
      { submit: 'Upload' },
      'InvalidPolicyDocument',
      'Policy did not reference these fields: submit',
    ],
    ['a policy that cannot be read', {}, { policy: 'bm8=' }, 'InvalidPolicyDocument', 'base64'],
    ['too many bytes', { conditions: [['content-length-range', 0, 99]] }, {}, 'EntityTooLarge', ''],
    ['too few bytes', { conditions: [['content-length-range', 101, 500]] }, {}, 'EntityTooSmall', ''],
  ];
  for (const [title, options, changes, code, details] of REFUSED) {
    it(`are refused with ${title}: ${code}`, async () => {
      const { fields } = await policyOf('forms/refused.jpg', options);

      const answer = await send({ ...fields, ...changes });

      expect(answer.status).to.equal(400);
      expect(answer.headers.get('content-type')).to.equal('application/xml; charset=UTF-8');
      expect(answer.body)
        .to.match(new RegExp(`^<\\?xml .*<Code>${code}</Code>`))
        .and.to.include(details);
      expect(await exists('forms/refused.jpg')).to.equal(false);
    });
  }

  it('accept a file at both limits of its size, and fields to ignore', async () => {
    const { fields } = await policyOf('forms/limits.jpg', {
      conditions: [['content-length-range', 100, 100]],
    });

    expect(await send({ ...fields, 'x-ignore-submit': 'Upload' })).to.include({ status: 204 });
  });

  for (const field of ['constructor', '__proto__']) {
    it(`may have a field that is called ${field}`, async () => {
      const conditions: PolicyOptions['conditions'] = [['starts-with', `$${field}`, 'x']];
      const { fields } = await policyOf('forms/odd.jpg', { conditions });

      const without = await send(fields);
      const answer = await send(Object.fromEntries([...Object.entries(fields), [field, 'x']]));

      expect([without.status, answer.status]).to.deep.equal([400, 204]);
    });
  }

  it('are refused without a policy, a signature or a file', async () => {
    const { fields } = await policyOf('forms/incomplete.jpg');
    const { policy: _policy, ...withoutPolicy } = fields;
    const { 'x-goog-signature': _signature, ...unsigned } = fields;

    const bodies = [await send(withoutPolicy), await send(unsigned), await send(fields, new Blob([]))].map(
      ({ body }) => body,
    );
    const noFile = await fetch(`${fixture.server.url}/inbox`, {
      method: 'POST',
      body: formOf(fields, undefined),
    });
    const noForm = await fetch(`${fixture.server.url}/inbox`, { method: 'POST', body: 'text' });

    expect(bodies[0]).to.include('<Details>Missing policy</Details>');
    expect(bodies[1]).to.include('<Details>Missing x-goog-signature</Details>');
    expect(bodies[2], 'an empty file is a file').to.equal('');
    expect(await noFile.text()).to.include('<Code>IncorrectNumberOfFilesInPostRequest</Code>');
    expect(await noForm.text()).to.include('<Code>InvalidArgument</Code>');
  });

  it('are refused once the policy has expired', async () => {
    const { fields } = await policyOf('forms/late.jpg');
    clockAheadMs = 120_000;

    const answer = await send(fields);

    expect([answer.status, await exists('forms/late.jpg')]).to.deep.equal([400, false]);
    expect(answer.body).to.include('<Code>ExpiredToken</Code>');
  });

  it('need the bucket in the address, and the same bucket in the field bucket', async () => {
    const { fields } = await policyOf('forms/where.jpg');

    const atRoot = await fetch(fixture.server.url, { method: 'POST', body: formOf(fields, PICTURE) });
    const slash = await fetch(`${fixture.server.url}/inbox/`, {
      method: 'POST',
      body: formOf(fields, PICTURE),
    });
    const other = await send({ ...fields, bucket: 'other' });

    expect([atRoot.status, slash.status, other.status]).to.deep.equal([400, 204, 400]);
  });

  it('store nothing when the connection breaks within the file', async () => {
    const { fields } = await policyOf('forms/broken.jpg');
    const form = new Response(formOf(fields, PICTURE));
    const whole = Buffer.from(await form.clone().arrayBuffer());
    const headers = { 'content-type': form.headers.get('content-type') ?? '' };
    const cut = whole.subarray(0, whole.length - 80);
    const url = `${fixture.server.url}/inbox`;

    const short = await fetch(url, { method: 'POST', headers, body: new Uint8Array(cut) });
    const broken = request(url, { method: 'POST', headers: { ...headers, 'content-length': whole.length } });
    broken.on('error', () => undefined);
    await new Promise((sent) => broken.write(cut, sent));
    const closed = new Promise((done) => broken.once('close', done));
    broken.destroy();
    await closed;
    const alive = request(url, { method: 'GET' }).end();
    await text((await once(alive, 'response'))[0]);

    expect(short.status).to.equal(400);
    expect(await exists('forms/broken.jpg')).to.equal(false);
  });
});
