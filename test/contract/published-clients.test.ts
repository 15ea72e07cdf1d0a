/**
 * Requests of the published contract, byte for byte as HTTP clients send them: the forms of their headers differ, and the answer
 * must not.
 */
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { flat } from '../fixtures/pictures.js';
import { type ApiServer, startApiServer } from '../support/api-server.js';
import { skip } from '../support/skip.js';

const run = promisify(execFile);

interface FormClient {
  readonly boundary: string;
  /** `{}` stands for the boundary. */
  readonly contentType: string;
  /** Of the part with the file. */
  readonly partHead: readonly string[];
  readonly headers?: readonly string[];
}

const LENGTH_LATER = ['Transfer-Encoding: chunked'];
const FILE = 'Content-Disposition: form-data; name="file"; filename="red.png"';

const FORM_CLIENTS: Readonly<Record<string, FormClient>> = {
  "Python requests, files={'file': open(...)}": {
    boundary: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
    contentType: 'multipart/form-data; boundary={}',
    partHead: [FILE],
  },
  'Python requests with urllib3 1, a name that is not ASCII': {
    boundary: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
    contentType: 'multipart/form-data; boundary={}',
    partHead: [`Content-Disposition: form-data; name="file"; filename*=utf-8''r%C3%B6t.png`],
  },
  'Python requests with urllib3 2, a name that is not ASCII': {
    boundary: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
    contentType: 'multipart/form-data; boundary={}',
    partHead: ['Content-Disposition: form-data; name="file"; filename="röt.png"'],
  },
  'curl -F': {
    boundary: '------------------------d74496d66958873e',
    contentType: 'multipart/form-data; boundary={}',
    partHead: [FILE, 'Content-Type: image/png'],
  },
  'curl -F of a large file': {
    boundary: '------------------------d74496d66958873e',
    contentType: 'multipart/form-data; boundary={}',
    partHead: [FILE, 'Content-Type: image/png'],
    headers: ['Expect: 100-continue'],
  },
  'axios with form-data': {
    boundary: '--------------------------515890814546601021194782',
    contentType: 'multipart/form-data; boundary={}',
    partHead: [FILE, 'Content-Type: image/png'],
    headers: LENGTH_LATER,
  },
  'fetch of a browser': {
    boundary: '----WebKitFormBoundary7MA4YWxkTrZu0gW',
    contentType: 'multipart/form-data; boundary={}',
    partHead: [FILE, 'Content-Type: image/png'],
  },
  'fetch of Node': {
    boundary: '----formdata-undici-012345678901',
    contentType: 'multipart/form-data; boundary={}',
    partHead: [FILE, 'Content-Type: application/octet-stream'],
  },
  'MultipartRequest of Dart': {
    boundary: "dart-http-boundary-x_.+-'q7Vz0123456789abcdefghijklmnopqrstuvwxyzABC",
    contentType: 'multipart/form-data; boundary={}',
    partHead: [
      'content-type: application/octet-stream',
      'content-disposition: form-data; name="file"; filename="red.png"',
    ],
  },
  'dio of Dart': {
    boundary: '--dio-boundary-2917834562',
    contentType: 'multipart/form-data; boundary={}',
    partHead: ['content-disposition: form-data; name="file"; filename="red.png"', 'content-type: image/png'],
  },
  'OkHttp of Android': {
    boundary: 'cafebabe-0000-4000-8000-0123456789ab',
    contentType: 'multipart/form-data; boundary={}',
    partHead: [FILE, 'Content-Type: image/png', 'Content-Length: 0'],
  },
  'HttpClient of Apache': {
    boundary: 'aQ7kXo-_0123456789',
    contentType: 'multipart/form-data; boundary={}; charset=ISO-8859-1',
    partHead: [FILE, 'Content-Type: image/png', 'Content-Transfer-Encoding: binary'],
    headers: LENGTH_LATER,
  },
  'HttpClient of .NET': {
    boundary: '8a2f6c1e-0000-4000-8000-0123456789ab',
    contentType: 'multipart/form-data; boundary="{}"',
    partHead: [`Content-Disposition: form-data; name=file; filename=red.png; filename*=utf-8''red.png`],
  },
  'jQuery, with a character set first': {
    boundary: 'x1',
    contentType: 'multipart/form-data; charset=utf-8; boundary={}',
    partHead: [FILE],
  },
  'a boundary with a space, in quotes, and headers in capitals': {
    boundary: 'two words',
    contentType: 'MULTIPART/FORM-DATA;BOUNDARY="{}"',
    partHead: ['CONTENT-DISPOSITION: FORM-DATA; NAME="file"; FILENAME="red.png"'],
  },
};

const JSON_CLIENTS: Readonly<Record<string, readonly string[]>> = {
  "Python requests, json={'image': ...}": ['Content-Type: application/json'],
  axios: ['Content-Type: application/json;charset=utf-8'],
  'http of Dart': ['content-type: application/json; charset=utf-8'],
  'HttpClient of .NET': ['Content-Type: application/json; charset="utf-8"', ...LENGTH_LATER],
  'curl with a large body': ['Content-Type: application/json', 'Expect: 100-continue'],
  'a client that ends its header with a semicolon': ['Content-Type: application/json;'],
};

describe('A client of the published contract', () => {
  let server: ApiServer;
  let red: Buffer;
  before(async () => {
    [server, red] = await Promise.all([startApiServer(), flat('#ff0000').png().toBuffer()]);
  });
  after(() => server.close());

  for (const [client, { boundary, contentType, partHead, headers = [] }] of Object.entries(FORM_CLIENTS)) {
    it(`sends a form and gets the category: ${client}`, async () => {
      const body = formOf(boundary, [{ head: partHead, bytes: red }]);
      const type = `Content-Type: ${contentType.replace('{}', boundary)}`;

      const answer = await send(server, '/predict', { headers: [type, ...headers], body });

      expect(answer).to.match(/^HTTP\/1.1 200 .*"category":"red"/s);
    });
  }

  for (const [client, headers] of Object.entries(JSON_CLIENTS)) {
    it(`sends JSON and gets the category: ${client}`, async () => {
      const body = Buffer.from(JSON.stringify({ image: red.toString('base64') }));

      const answer = await send(server, '/predict', { headers, body });

      expect(answer).to.match(/^HTTP\/1.1 200 .*"category":"red"/s);
    });
  }

  it('sends several files under one name, and gets their names back in the same order', async () => {
    const named = (name: string) => ({
      head: [`Content-Disposition: form-data; name="files"; ${name}`],
      bytes: red,
    });
    const body = formOf('b1', [named('filename="röt.png"'), named(`filename*=utf-8''r%C3%B6t%202.png`)]);

    const answer = await send(server, '/predict_batch', {
      headers: ['Content-Type: multipart/form-data; boundary=b1'],
      body,
    });

    expect(answer).to.include('"filename":"röt.png"').and.include('"filename":"röt 2.png"');
    expect(answer.indexOf('röt.png')).to.be.below(answer.indexOf('röt 2.png'));
  });

  it("is Python's standard library, which sends a form in chunks", async function () {
    const program = `
import http.client, sys
boundary = "python"
head = '--python\\r\\nContent-Disposition: form-data; name="file"; filename="red.png"\\r\\n\\r\\n'
parts = [head.encode(), bytes.fromhex(sys.argv[2]), b"\\r\\n--python--\\r\\n"]
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
connection.request("POST", "/predict", iter(parts), {"Content-Type": "multipart/form-data; boundary=python"}, encode_chunked=True)
print(connection.getresponse().read().decode())
`;
    const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

    const { stdout } = await run('python3', ['-c', program, String(server.port), red.toString('hex')]).catch(
      (error: unknown) => (isMissing(error) ? skip(this, 'python3 is not installed') : Promise.reject(error)),
    );

    expect(JSON.parse(stdout)).to.include({ category: 'red' });
  });
});

interface Part {
  readonly head: readonly string[];
  readonly bytes: Buffer;
}

function formOf(boundary: string, parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ head, bytes }) => [
    Buffer.from(`--${boundary}\r\n${head.join('\r\n')}\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

interface Sent {
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** @returns the answer, without the interim one */
async function send({ port }: ApiServer, path: string, { headers, body }: Sent): Promise<string> {
  const isChunked = headers.some((each) => /^transfer-encoding/i.test(each));
  const isExpecting = headers.some((each) => /^expect/i.test(each));
  const length = isChunked ? [] : [`Content-Length: ${body.length}`];
  const head = [`POST ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...length, ...headers];
  const socket = connect(port, '127.0.0.1');
  const answer = text(socket);
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  if (isExpecting) await new Promise((resolve) => socket.once('data', resolve));
  socket.write(isChunked ? chunked(body) : body);
  return (await answer).replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, '');
}

/** In pieces that end where the parser does not expect it. */
function chunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += 37) {
    const piece = body.subarray(at, at + 37);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}
