/** Bodies of requests: JSON with pictures in base64, and forms. */
import { decodeBase64 } from '@hangtag/functions/api/base64.js';
import { type Form, FormFile, parseForm } from '@hangtag/functions/api/form-body.js';
import { LongText, parseJson } from '@hangtag/functions/api/json-body.js';
import { expect } from 'chai';

const BYTES = Uint8Array.from({ length: 30_001 }, (_, index) => (index * 31) % 256);
const BASE64 = Buffer.from(BYTES).toString('base64');

describe('JSON with a long string', () => {
  it('has the same values as JSON.parse gives', () => {
    const value = { long: BASE64, short: 'a "quoted\\" é', list: [1, BASE64, null], nested: { '"': ['\\'] } };

    const parsed = parseJson(Buffer.from(JSON.stringify(value)));

    expect(JSON.parse(JSON.stringify(parsed, textOf))).to.deep.equal(value);
    expect(parsed).to.have.property('long').instanceOf(LongText);
  });

  it('that has an escape is parsed as usual', () => {
    const escaped = `${'a'.repeat(20_000)}\\/\\"b`;

    expect(parseJson(Buffer.from(`{"image":"${escaped}"}`))).to.deep.equal({
      image: JSON.parse(`"${escaped}"`),
    });
  });

  it('does not confuse a quote after backslashes with the end of a string', () => {
    const text = JSON.stringify({ a: 'x\\', b: `${BASE64}`, c: '\\"', d: `"${BASE64}` });

    expect(JSON.parse(JSON.stringify(parseJson(Buffer.from(text)), textOf))).to.deep.equal(JSON.parse(text));
  });

  for (const [what, text] of Object.entries({
    'that does not end': `{"image":"${BASE64}`,
    'that is followed by nothing': `{"image":"${BASE64}"`,
    'without a comma': `["${BASE64}" "${BASE64}"]`,
  })) {
    it(`${what} is refused`, () => {
      expect(() => parseJson(Buffer.from(text))).to.throw(SyntaxError);
    });
  }
});

describe('A body in JSON', () => {
  it('in another encoding than UTF-8 is refused', () => {
    for (const text of ['{"name":"Größe.jpg"}', `{"name":"Größe.jpg","image":"${BASE64}"}`])
      expect(() => parseJson(Buffer.from(text, 'latin1'))).to.throw(TypeError);
  });
});

describe('A picture in base64', () => {
  const long = (text: string) => new LongText(Buffer.from(text));
  for (const [what, text] of Object.entries({
    'as text': BASE64,
    'as a data URL': `data:image/jpeg;base64,${BASE64}`,
    'without padding': BASE64.replace(/=+$/, ''),
    'in the alphabet of URLs': Buffer.from(BYTES).toString('base64url'),
    'with spaces': BASE64.replaceAll(/.{76}/g, '$& '),
  })) {
    it(`is decoded ${what}, from a string and from bytes`, () => {
      expect(Buffer.from(decodeBase64(text)).equals(BYTES)).to.equal(true);
      expect(Buffer.from(decodeBase64(long(text))).equals(BYTES)).to.equal(true);
    });
  }

  it('is decoded with line ends, which JSON has as escapes only', () => {
    const lines = BASE64.replaceAll(/.{76}/g, '$&\r\n');

    expect(Buffer.from(decodeBase64(lines)).equals(BYTES)).to.equal(true);
  });

  for (const [what, text] of Object.entries({
    'is empty': '',
    'is only padding': '==',
    'has a character of no alphabet': `${BASE64.slice(0, 20_000)}!${BASE64.slice(20_001)}`,
    'has a character that is not ASCII': `${BASE64.slice(0, 20_000)}é${BASE64.slice(20_001)}`,
    'has padding in the middle': `${BASE64.slice(0, 20_000)}=${BASE64.slice(20_001)}`,
    'has too much padding': `${BASE64.replace(/=+$/, '')}===`,
    'has one character too many': `${BASE64.replace(/=+$/, '').slice(0, 20_000)}A`,
  })) {
    it(`that ${what} is refused`, () => {
      expect(() => decodeBase64(text)).to.throw('Expected the picture in base64');
      expect(() => decodeBase64(long(text))).to.throw('Expected the picture in base64');
    });
  }
});

describe('A form', () => {
  it('has its fields and files in their order, however the body is cut', async () => {
    const form = new FormData();
    form.append('file', new File([BYTES], 'C:\\photos\\é.jpg'));
    form.append('note', 'é');
    form.append('file', new File(['two'], 'two.png'));
    form.append('empty', new File([], ''));
    const { body, contentType } = await sent(form);

    const whole = await parseForm([body], contentType);
    const cut = await parseForm([...piecesOf(body, 1_000)], contentType);

    const expected = [
      ['file', 'C:\\photos\\é.jpg', BYTES.length],
      ['note', 'é'],
      ['file', 'two.png', 3],
      ['empty', '', 0],
    ];
    expect(entriesOf(whole)).to.have.deep.members(expected);
    expect(entriesOf(cut)).to.have.deep.members(expected);
    expect(filesOf(cut).map(({ name }) => name)).to.deep.equal(filesOf(whole).map(({ name }) => name));
    expect(Buffer.from(filesOf(cut)[0]?.bytes ?? []).equals(BYTES)).to.equal(true);
  });

  it('may have 1,000 parts, and no more', async () => {
    const ofParts = async (count: number) => {
      const form = new FormData();
      for (let part = 0; part < count; part += 1) form.append('files', new File(['x'], `${part}.jpg`));
      const { body, contentType } = await sent(form);
      return parseForm([...piecesOf(body, 65_536)], contentType);
    };

    expect(filesOf(await ofParts(1_000))).to.have.length(1_000);
    expect(await failureOf(ofParts(1_001))).to.include('Expected at most 1000 parts');
  });

  it('that is cut off anywhere is refused', async () => {
    const form = new FormData();
    form.append('file', new File(['a picture'], 'a.jpg'));
    const { body, contentType } = await sent(form);
    const shorter = Array.from({ length: body.length - 4 }, (_, length) => body.subarray(0, length));

    const failures = await Promise.all(shorter.map((piece) => failureOf(parseForm([piece], contentType))));

    expect(failures.every((failure) => failure?.includes('Malformed FormData request'))).to.equal(true);
  });

  for (const contentType of [
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=other',
  ]) {
    it(`of the type "${contentType}" whose parts cannot be found is refused`, async () => {
      expect(await failureOf(parseForm([Buffer.from('--a\r\n\r\n--a--')], contentType))).to.include(
        'Malformed',
      );
    });
  }
});

function textOf(_: string, value: unknown): unknown {
  return value instanceof LongText ? value.toString() : value;
}

async function sent(form: FormData) {
  const request = new Request('http://a', { method: 'POST', body: form });
  return {
    contentType: request.headers.get('content-type') ?? '',
    body: Buffer.from(await request.arrayBuffer()),
  };
}

function* piecesOf(body: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

function valuesOf(form: Form): (readonly [name: string, value: string | FormFile])[] {
  const values: (readonly [string, string | FormFile])[] = [];
  form.forEach((value, name) => {
    values.push([name, value]);
  });
  return values;
}

function filesOf(form: Form): FormFile[] {
  return valuesOf(form).flatMap(([, value]) => (value instanceof FormFile ? [value] : []));
}

function entriesOf(form: Form): unknown[] {
  return valuesOf(form).map(([name, value]) =>
    value instanceof FormFile ? [name, value.name, value.bytes.length] : [name, value],
  );
}

async function failureOf(parsing: Promise<unknown>): Promise<string | undefined> {
  return parsing.then(() => undefined, String);
}
