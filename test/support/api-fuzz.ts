/**
 * Sends requests made from `openapi.json` over raw sockets: right ones, wrong ones and broken ones. A fault is an answer of
 * 5xx that does not say when to come back, bytes that are no HTTP, or no answer in time.
 */
import { connect } from 'node:net';
import fc from 'fast-check';
import pMap from 'p-map';

export interface FuzzOptions {
  readonly port: number;
  readonly document: OpenapiDocument;
  readonly requests: number;
  readonly seed: number;
  /** Values of parameters in paths that the server knows. */
  readonly known?: readonly string[];
}

export interface OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

export interface Fault {
  readonly what: string;
  readonly request: string;
}

const AT_ONCE = 8;
/** Longer than the server waits for a slow client. */
const HANG_MS = 20_000;
const SHOWN_BYTES = 500;

/** @returns the faults that were found, each with the beginning of its request */
export async function fuzzApi(options: FuzzOptions): Promise<readonly Fault[]> {
  const { port, document, requests, seed, known = [] } = options;
  const samples = fc.sample(rawRequest(document, known), { numRuns: requests, seed });
  const found = await pMap(
    samples,
    async (bytes) => {
      const what = faultOf(await exchange(port, bytes));
      return what === undefined ? [] : [{ what, request: bytes.subarray(0, SHOWN_BYTES).toString('latin1') }];
    },
    { concurrency: AT_ONCE },
  );
  return found.flat();
}

/** @returns undefined for an answer that is allowed; a closed connection is one for a broken request */
export function faultOf(answer: string | 'hung'): string | undefined {
  if (answer === 'hung') return 'no answer in time';
  if (answer === '') return undefined;
  if (!answer.startsWith('HTTP/1.1 ')) return `no HTTP: ${answer.slice(0, 40)}`;
  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  const failed = statuses.find((status) => status >= 500);
  const isRefusal = failed === 503 && /\r\nretry-after: /i.test(answer);
  return failed === undefined || isRefusal ? undefined : `answer ${failed}`;
}

/** Sends, says that nothing more comes, and reads until the server closes. */
async function exchange(port: number, bytes: Buffer): Promise<string | 'hung'> {
  const socket = connect(port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  socket.on('error', () => undefined);
  socket.end(bytes);
  const timer = setTimeout(() => socket.destroy(new Error('hung')), HANG_MS);
  const hung = new Promise<boolean>((resolve) => {
    socket.once('close', () => resolve(socket.errored?.message === 'hung'));
  });
  const isHung = await hung;
  clearTimeout(timer);
  return isHung ? 'hung' : Buffer.concat(received).toString('latin1');
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.base64String(),
  fc.constantFrom(
    '',
    '\u0000',
    '💥'.repeat(50),
    'a'.repeat(100_000),
    '../../etc/passwd',
    'data:image/png;base64,!',
  ),
);

function rawRequest(document: OpenapiDocument, known: readonly string[]): fc.Arbitrary<Buffer> {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  return fc
    .constantFrom(...operations)
    .chain(({ method, path, operation }) =>
      fc.record({
        method: fc.oneof(
          { weight: 9, arbitrary: fc.constant(method) },
          fc.constantFrom('PUT', 'OPTIONS', 'HEAD', 'TRACE'),
        ),
        path: pathOf(path, operation, { document, known }),
        headers: fc.array(header, { maxLength: 3 }),
        body: bodyOf(operation, document),
        wire: fc.constantFrom('whole', 'whole', 'chunked', 'truncated', 'pipelined', 'wrong-length'),
      }),
    )
    .map(onTheWire);
}

interface Source {
  readonly document: OpenapiDocument;
  readonly known: readonly string[];
}

/** Half of the parameters in a path have values that the server knows, so that handlers are reached. */
function pathOf(
  path: string,
  { parameters = [] }: Operation,
  { document, known }: Source,
): fc.Arbitrary<string> {
  const value = known.length === 0 ? text : fc.oneof(text, fc.constantFrom(...known));
  const filled = value.map((each) =>
    path.replaceAll(/\{\w+\}/g, encodeURIComponent(each.toWellFormed()).slice(0, 4_000)),
  );
  const declared = parameters.filter((each) => each.in === 'query');
  const query = fc.record(
    Object.fromEntries(declared.map(({ name, schema }) => [name, nearlyRightValue(schema, document)])),
    { requiredKeys: [] },
  );
  const asked = fc.tuple(filled, query).map(([target, values]) => {
    const texts = Object.entries(values).map(
      ([name, each]) =>
        [name, (typeof each === 'string' ? each : JSON.stringify(each)).slice(0, 2_000)] as [string, string],
    );
    return `${target}?${new URLSearchParams(texts)}`;
  });
  const anything = fc.webQueryParameters().map((each) => `${path.replaceAll(/[{}]/g, '')}?${each}`);
  return fc.oneof(
    { weight: 3, arbitrary: filled },
    { weight: 2, arbitrary: asked },
    { weight: 1, arbitrary: anything },
  );
}

const header = fc.oneof(
  fc.constantFrom(
    'Accept: application/problem+json',
    'Authorization: Bearer ht_a_b',
    'Authorization: Bearer e30.e30.e30',
    'Idempotency-Key: same',
    'Expect: 100-continue',
    `X-Request-Id: ${'i'.repeat(300)}`,
    `X-Large: ${'x'.repeat(100_000)}`,
    'traceparent: 00-zz-1-9',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((value) => `X-Any: ${value}`),
);

interface Body {
  readonly type: string;
  readonly bytes: Buffer;
}

function bodyOf({ requestBody }: Operation, document: OpenapiDocument): fc.Arbitrary<Body> {
  const declared = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) =>
    type === 'multipart/form-data' ? multipart(schema) : jsonOf(schema, document),
  );
  const type = fc.constantFrom(
    'application/json',
    'multipart/form-data',
    'multipart/form-data; boundary=b',
    'multipart/form-data; charset=utf-8; boundary="b"',
    'application/json;',
    'text/plain',
    '',
    ';',
  );
  const anything = fc.record({
    type,
    bytes: fc.uint8Array({ maxLength: 2_000 }).map((each) => Buffer.from(each)),
  });
  return fc.oneof(
    { weight: 1, arbitrary: anything },
    ...declared.map((arbitrary) => ({ weight: 3, arbitrary })),
  );
}

function jsonOf(schema: Schema, document: OpenapiDocument): fc.Arbitrary<Body> {
  const right = nearlyRightValue(schema, document).map((value) => JSON.stringify(value));
  const wrong = fc.oneof(
    fc.json({ maxDepth: 4 }),
    right.map((json) => json.slice(0, -1)),
    right.map((json) => `${json.slice(0, -1)},${json.slice(1)}`),
    fc.constant('['.repeat(50_000)),
  );
  return fc
    .oneof({ weight: 2, arbitrary: right }, wrong)
    .map((json) => ({ type: 'application/json', bytes: Buffer.from(json) }));
}

/** A value of the form of a schema, of which one part in five has another type. */
function nearlyRightValue(schema: Schema, document: OpenapiDocument): fc.Arbitrary<unknown> {
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) return nearlyRightValue(document.components?.schemas?.[name] ?? {}, document);
  return fc.oneof({ weight: 4, arbitrary: rightValue(schema, document) }, fc.jsonValue({ maxDepth: 2 }));
}

function rightValue(schema: Schema, document: OpenapiDocument): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([key, each]) => [
            key,
            nearlyRightValue(each, document),
          ]),
        ),
        { requiredKeys: [] },
      );
    case 'array':
      return fc.array(nearlyRightValue(schema.items ?? {}, document), { maxLength: 3 });
    case 'integer':
      return fc.integer();
    case 'number':
      return fc.double();
    case 'boolean':
      return fc.boolean();
    default:
      return text;
  }
}

function multipart(schema: Schema): fc.Arbitrary<Body> {
  const names = Object.keys(schema.properties ?? {});
  const field = fc.record({
    name: fc.oneof(fc.constantFrom(...names, `${names[0]}[]`, '__proto__'), text),
    filename: fc.oneof(fc.constant('a.png'), fc.constant(undefined), text),
    content: fc.uint8Array({ maxLength: 500 }),
  });
  const end = fc.constantFrom('--b--\r\n', '--b\r\n', '', '--c--');
  const parameters = fc.constantFrom('boundary=b', 'charset=utf-8; boundary="b"', 'boundary=b; boundary=c');
  return fc.tuple(fc.array(field, { maxLength: 4 }), end, parameters).map(([fields, last, parameter]) => {
    const parts = fields.flatMap(({ name, filename, content }) => {
      const file = filename === undefined ? '' : `; filename="${filename}"`;
      const head = `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
      return [Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')];
    });
    const bytes = Buffer.concat([...parts, Buffer.from(last)]);
    return { type: `multipart/form-data; ${parameter}`, bytes };
  });
}

interface Shape {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Body;
  readonly wire: 'whole' | 'chunked' | 'truncated' | 'pipelined' | 'wrong-length';
}

function onTheWire({ method, path, headers, body, wire }: Shape): Buffer {
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const bytes = hasBody ? body.bytes : Buffer.alloc(0);
  const length = {
    whole: bytes.length,
    pipelined: bytes.length,
    truncated: bytes.length + 10,
    'wrong-length': Math.max(0, bytes.length - 3),
    chunked: undefined,
  }[wire];
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Content-Type: ${body.type}`,
    length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
    ...headers,
  ];
  const first = Buffer.concat([
    Buffer.from(`${head.join('\r\n')}\r\n\r\n`),
    ...(length === undefined
      ? [
          Buffer.from(`${bytes.length.toString(16)}\r\n`),
          bytes,
          Buffer.from(bytes.length > 0 ? '\r\n0\r\n\r\n' : '\r\n'),
        ]
      : [bytes]),
  ]);
  return wire === 'pipelined' ? Buffer.concat([first, first, first]) : first;
}
