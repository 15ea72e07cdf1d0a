/** The routes below /v1. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageAnswer } from '@hangtag/functions/api/image-answer.js';
import { DEFAULT_TENANT, imageIdOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { thumbnailNameOf } from '@hangtag/shared/domain/thumbnail.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { CatalogImage, ImageCatalog } from '@hangtag/shared/ports/image-catalog.js';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { COLOURS_MODEL } from '../../fixtures/paths.js';
import { aLabelledRecord, BUCKET, generation } from '../../fixtures/records.js';
import { ApiStage } from '../../support/api-stage.js';
import { oneModel } from '../../support/one-model.js';
import { skip } from '../../support/skip.js';
import { ScriptedClassifier } from '../../support/stage.js';
import { until } from '../../support/until.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const ACME = 'acme' as TenantId;

interface Page {
  readonly images: readonly ImageAnswer[];
  readonly cursor?: string;
}

interface Shown extends ImageAnswer {
  readonly picture: {
    readonly url: string;
    readonly thumbnailUrl: string | null;
    readonly expiresAt: string;
  };
}

interface Upload {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Key {
  readonly id: string;
  readonly key: string;
}

const RECORD = aLabelledRecord();

/** A catalog that says how many images were read from it, and whether its reader ended it. */
class CountedCatalog implements ImageCatalog {
  read = 0;
  isEnded = false;

  async *newest(): AsyncIterable<CatalogImage> {
    try {
      while (this.read < 10_000) {
        this.read += 1;
        yield { imageId: imageIdOf(BUCKET, `${this.read}.jpg`), record: RECORD };
      }
    } finally {
      this.isEnded = true;
    }
  }
}

describe('A list of images', () => {
  let stage: ApiStage;
  let key: string;

  beforeEach(async () => {
    stage = new ApiStage();
    key = await stage.key(['read']);
  });

  const page = (query = '') => stage.read<Page>(key, `GET /v1/images?${query}`);
  const names = ({ images }: Page) => images.map(({ name }) => name);

  it('has the latest upload first, page after page, and is stable while images arrive', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await stage.add(name);
      stage.clock.advance(1);
    }

    const first = await page('limit=2');
    await stage.add('newer');
    const second = await page(`limit=2&cursor=${first.cursor}`);
    const third = await page(`limit=2&cursor=${second.cursor}`);

    expect([first, second, third].map(names)).to.deep.equal([['e', 'd'], ['c', 'b'], ['a']]);
    expect(third.cursor).to.equal(undefined);
  });

  it('has every image once where many were uploaded at one instant', async () => {
    for (let index = 0; index < 25; index += 1) await stage.add(`same-${index}`);

    const seen: string[] = [];
    let cursor = '';
    do {
      const next = await page(`limit=7${cursor && `&cursor=${cursor}`}`);
      seen.push(...names(next));
      cursor = next.cursor ?? '';
    } while (cursor !== '');

    expect(seen).to.have.length(25);
    expect(new Set(seen)).to.have.length(25);
  });

  it('is filtered by status, category after corrections, tier, owner, day and text', async () => {
    await stage.add('sure.jpg');
    await stage.add('doubt.jpg', {
      ...{
        status: 'review',
        reason: 'low-confidence',
        tier: 'MANUAL_REVIEW',
        owner: 'ada',
        ref: 'R-77',
        colours: ['blue', 'white'],
      },
    });
    await stage.add('watch.jpg', { category: 'Watches' });
    await stage.add('gone.jpg', { status: 'deleted', present: false });
    const reviewer = await stage.key(['review', 'read']);
    const { images } = await page('text=watch');
    const watch = `/v1/images/${images[0]?.id}`;
    await stage.ask(reviewer, `POST ${watch}/correction`, {
      category: 'Shoes',
      isNew: true,
    });

    expect(names(await page('status=review'))).to.deep.equal(['doubt.jpg']);
    expect(names(await page('category=Shoes'))).to.deep.equal(['watch.jpg']);
    expect(names(await page('category=Watches'))).to.deep.equal([]);
    expect(names(await page('tier=MANUAL_REVIEW'))).to.deep.equal(['doubt.jpg']);
    expect(names(await page('color=white'))).to.deep.equal(['doubt.jpg']);
    expect(names(await page('color=red'))).to.deep.equal([]);
    expect(names(await page('owner=ada'))).to.deep.equal(['doubt.jpg']);
    expect(names(await page('text=r-7'))).to.deep.equal(['doubt.jpg']);
    expect(names(await page('day=2026-01-02'))).to.have.length(3);
    expect(names(await page('day=2026-01-03'))).to.deep.equal([]);
    expect(names(await page('status=deleted'))).to.deep.equal(['gone.jpg']);
  });

  it('reads 2,000 images for a text that few have, and gives the place at which it stopped', async () => {
    const catalog = new CountedCatalog();
    const counted = new ApiStage({ catalog: async () => catalog });

    const { images, cursor } = await counted.read<Page>(
      await counted.key(['read']),
      'GET /v1/images?text=nowhere',
    );

    expect(images).to.deep.equal([]);
    expect(cursor).to.be.a('string');
    expect(catalog.read).to.equal(2_000);
  });

  it('refuses what it does not understand', async () => {
    for (const query of [
      'limit=0',
      `category=${'x'.repeat(101)}`,
      'limit=many',
      'status=lost',
      'day=2026-02-30',
      'color=navy',
      'cursor=AAAA',
    ]) {
      expect((await stage.ask(key, `GET /v1/images?${query}`)).status, query).to.equal(400);
    }
  });
});

describe('Images that look alike', () => {
  const seen = { vector: [1, 0], backbone: 'b' };
  let stage: ApiStage;
  let key: string;
  let id: string;

  beforeEach(async () => {
    stage = new ApiStage();
    key = await stage.key(['read']);
    id = await stage.add('this.jpg', seen);
    await stage.add('near.jpg', { vector: [0.9, 0.1], backbone: 'b', owner: 'ada' });
    await stage.add('far.jpg', { vector: [0, 1], backbone: 'b', owner: 'ada' });
    await stage.add('other.jpg', { vector: [1, 0], backbone: 'c' });
    await stage.add('tenants/acme/foreign.jpg', seen, ACME);
  });

  const similar = async (query = '') => {
    const { images } = await stage.read<{ images: readonly (ImageAnswer & { similarity: number })[] }>(
      key,
      `GET /v1/images/${id}/similar?${query}`,
    );
    return images.map(({ name, similarity }) => [name, similarity.toFixed(1)]);
  };

  it('are those of the tenant and the backbone, the most similar first, without the image itself', async () => {
    expect(await similar()).to.deep.equal([
      ['near.jpg', '0.9'],
      ['far.jpg', '0.0'],
    ]);
  });

  it('are as many as asked for, and of one owner if asked for', async () => {
    await stage.add('another.jpg', { vector: [0.94, 0], backbone: 'b', owner: 'eve' });

    expect(await similar('limit=1')).to.deep.equal([['another.jpg', '0.9']]);
    expect(await similar('owner=ada&limit=1')).to.deep.equal([['near.jpg', '0.9']]);
  });

  it('are refused for an image without a vector, and for a wrong limit', async () => {
    const plain = await stage.add('plain.jpg');

    expect((await stage.ask(key, `GET /v1/images/${plain}/similar`)).status).to.equal(409);
    for (const query of ['limit=0', 'limit=101', 'owner='])
      expect((await stage.ask(key, `GET /v1/images/${id}/similar?${query}`)).status, query).to.equal(400);
  });
});

describe('An image', () => {
  let stage: ApiStage;
  let key: string;
  let id: string;

  beforeEach(async () => {
    stage = new ApiStage();
    key = await stage.key(['read', 'review', 'admin']);
    id = await stage.add('tenants/default/x.jpg', { status: 'review', reason: 'low-confidence' });
  });

  const record = async () =>
    (await stage.memory.records.get({ tenant: 'default' as TenantId, imageId: id as never }))?.record;

  it('is shown with an address of its picture that works for 15 minutes, and without internal fields', async () => {
    const image = await stage.read<Shown>(key, `GET /v1/images/${id}`);

    expect(image).to.include({ id, name: 'tenants/default/x.jpg', status: 'review', category: 'Handbags' });
    expect(image).not.to.have.any.keys('check', 'writeId', 'embedding', 'attempts', 'md5Hash');
    const url = new URL(image.picture.url);
    expect(url.searchParams.get('X-Goog-Expires')).to.equal(String(15 * 60));
    expect(Date.parse(image.picture.expiresAt) - stage.clock.now()).to.equal(15 * 60_000);
  });

  it('is shown with an address of its thumbnail, if there is one', async () => {
    const small = await stage.add('tenants/default/y.jpg', { thumbnail: true, generation: generation(7) });
    const name = thumbnailNameOf({ tenant: 'default', imageId: small, generation: '7' });
    const thumbnailUrl = async (imageId: string) =>
      (await stage.read<Shown>(key, `GET /v1/images/${imageId}`)).picture.thumbnailUrl;
    expect(await thumbnailUrl(small), 'before it is stored').to.equal(null);

    await stage.memory.objects.write({ bucket: BUCKET, name, bytes: Uint8Array.of(1) });

    expect(await thumbnailUrl(small)).to.include(name);
    expect(await thumbnailUrl(id)).to.equal(null);
  });

  it('is shown with the opinion of a vision model, if one was asked', async () => {
    const opinion = {
      category: 'Watches',
      by: 'qwen2.5vl',
      at: stage.clock.now(),
      generation: generation(7),
    };
    const asked = await stage.add('tenants/default/z.jpg', { opinion, generation: generation(7) });
    const opinionOf = async (imageId: string) =>
      (await stage.read<Shown>(key, `GET /v1/images/${imageId}`)).opinion;

    expect(await opinionOf(asked)).to.deep.equal({ ...opinion, at: new Date(opinion.at).toISOString() });
    expect(await opinionOf(id)).to.equal(null);
  });

  it('is refused with the field that is wrong, if its record cannot be read', async () => {
    stage.memory.records.get = async () => {
      throw new InputError('Expected a valid status in the record but received a value of type object');
    };

    const answer = await stage.ask(key, `GET /v1/images/${id}`);

    expect(answer.status).to.equal(422);
    expect(await answer.json()).to.deep.include({
      code: 'unprocessable',
      error: 'Expected a valid status in the record but received a value of type object',
    });
  });

  it('is corrected by a person or a program, and is then done', async () => {
    const answer = await stage.ask(key, `POST /v1/images/${id}/correction`, {
      category: 'Watches',
      isNew: true,
    });

    expect(answer.status).to.equal(200);
    const { status, reason, category, correction } = (await record()) as ImageRecord;
    expect({ status, reason, category }).to.deep.equal({
      status: 'done',
      reason: null,
      category: 'Handbags',
    });
    expect(correction).to.include({ category: 'Watches', by: key.split('_')[1], at: stage.clock.now() });
  });

  it('gets one new category from the two forms of its name in Unicode', async () => {
    const categories = [];
    for (const form of ['NFC', 'NFD']) {
      const body = { category: 'Röcke'.normalize(form), isNew: true };
      await stage.ask(key, `POST /v1/images/${id}/correction`, body);
      categories.push((await record())?.correction?.category);
    }

    expect(categories).to.deep.equal(['R\u00f6cke', 'R\u00f6cke']);
  });

  it('is confirmed with the category that it has', async () => {
    const answer = await stage.ask(key, `POST /v1/images/${id}/confirmation`);

    expect(answer.status).to.equal(200);
    expect((await record())?.correction?.category).to.equal('Handbags');
    expect((await record())?.status).to.equal('done');
  });

  it('is judged only by an administrator if it needs the answers of two people', async () => {
    const reviewer = await stage.key(['read', 'review']);
    stage.memory.tenants.put(DEFAULT_TENANT, { review: { doubleEvery: 1 } });

    expect((await stage.ask(reviewer, `POST /v1/images/${id}/confirmation`)).status).to.equal(403);
    expect((await record())?.correction).to.equal(null);

    expect((await stage.ask(key, `POST /v1/images/${id}/confirmation`)).status).to.equal(200);
  });

  it('refuses a category that the model lacks, one that is no name, and a generation that was replaced', async () => {
    const correct = (body: object) => stage.ask(key, `POST /v1/images/${id}/correction`, body);

    expect((await correct({ category: 'Hats' })).status).to.equal(422);
    expect((await correct({ category: '=1+1', isNew: true })).status).to.equal(400);
    expect((await correct({ category: 'Hats', isNew: true, generation: '1' })).status).to.equal(409);
    expect((await record())?.correction).to.equal(null);
  });

  it('cannot be judged before it is labelled', async () => {
    const waiting = await stage.add('waiting.jpg', { status: 'queued', category: null });

    expect((await stage.ask(key, `POST /v1/images/${waiting}/confirmation`)).status).to.equal(409);
    expect(
      (await stage.ask(key, `POST /v1/images/${waiting}/correction`, { category: 'Hats', isNew: true }))
        .status,
    ).to.equal(409);
  });

  it('is labelled again: the message has the trace of the request', async () => {
    const answer = await stage.ask(key, `POST /v1/images/${id}/reclassify`, undefined, {
      traceparent: TRACE,
    });

    expect(answer.status).to.equal(202);
    expect((await record())?.status).to.equal('queued');
    expect(stage.published).to.have.length(1);
    expect(stage.published[0]).to.deep.include({
      topic: 'image-backfill',
      attributes: { traceparent: TRACE },
    });
  });

  it('is deleted with its object, and is not found afterwards', async () => {
    expect((await stage.ask(key, `DELETE /v1/images/${id}`)).status).to.equal(204);

    expect(await stage.memory.objects.stat('hangtag-images', 'tenants/default/x.jpg')).to.equal(undefined);
    expect((await record())?.name).to.equal('');
    expect((await stage.ask(key, `GET /v1/images/${id}`)).status).to.equal(404);
  });
});

describe('An upload', () => {
  const wanted = { name: 'a b/ü.jpg', contentType: 'image/jpeg', size: 5, owner: 'ada', ref: 'R-1' };

  it("is signed for the tenant's folder, type, length, 15 minutes and a new name", async () => {
    const stage = new ApiStage();
    const key = await stage.key(['upload'], ACME);

    const answer = await stage.ask(key, 'POST /v1/uploads', wanted, { traceparent: TRACE });

    expect(answer.status).to.equal(201);
    const upload = (await answer.json()) as Upload;
    expect(upload).to.include({ name: 'tenants/acme/a b/ü.jpg', method: 'PUT' });
    expect(upload.headers).to.deep.equal({
      'content-type': 'image/jpeg',
      'x-goog-content-length-range': '5,5',
      'x-goog-if-generation-match': '0',
      'x-goog-meta-owner': 'ada',
      'x-goog-meta-ref': 'R-1',
      'x-goog-meta-traceparent': TRACE,
    });
    const signed = new URL(upload.url).searchParams;
    expect(signed.get('X-Goog-Expires')).to.equal('900');
    for (const header of Object.keys(upload.headers)) {
      expect(signed.get('X-Goog-SignedHeaders')?.split(';')).to.include(header);
    }
  });

  it('can be resumable', async () => {
    const stage = new ApiStage();
    const key = await stage.key(['upload'], ACME);

    const upload = await stage.read<Upload>(key, 'POST /v1/uploads', { ...wanted, resumable: true });

    expect(upload.method).to.equal('POST');
    expect(upload.headers).to.include({ 'x-goog-resumable': 'start' });
  });

  it('is refused outside of the folder, with another type, and if it is too large', async () => {
    const stage = new ApiStage();
    const key = await stage.key(['upload'], ACME);
    const status = async (change: object) =>
      (await stage.ask(key, 'POST /v1/uploads', { ...wanted, ...change })).status;

    for (const name of ['../b/x.jpg', '/x.jpg', 'a//b', 'a/./b', 'x\u0000', 'x'.repeat(901), '']) {
      expect(await status({ name }), name).to.equal(400);
    }
    expect(await status({ contentType: 'text/html' })).to.equal(400);
    expect(await status({ owner: 'a\r\nb: c' })).to.equal(400);
    expect(await status({ size: 0 })).to.equal(400);
    expect(await status({ size: 2 ** 40 })).to.equal(413);
  });
});

describe('Keys', () => {
  it('are made, shown without a secret, rotated and revoked by the API', async () => {
    const stage = new ApiStage();
    const admin = await stage.key(['admin']);

    const made = await stage.read<Key>(admin, 'POST /v1/keys', { name: 'till', scopes: ['read'] });
    const me = await stage.read<object>(made.key, 'GET /v1/keys/me');
    const next = await stage.read<Key>(admin, `POST /v1/keys/${made.id}/rotate`, { graceHours: 0 });
    const again = await stage.ask(admin, `POST /v1/keys/${made.id}/rotate`);
    const listed = await (await stage.ask(admin, 'GET /v1/keys')).text();
    const revoked = await stage.read<object>(admin, `DELETE /v1/keys/${next.id}`);

    expect(me).to.deep.include({ tenant: 'default', scopes: ['read'] });
    expect(next.key).not.to.equal(made.key);
    expect(again.status).to.equal(409);
    expect(listed).to.include(made.id).and.not.include(made.key.slice(16)).and.not.include('digest');
    expect(revoked).to.include({ id: next.id, state: 'revoked' });
  });
});

describe('A key that would already be expired', () => {
  it('is not made', async () => {
    const stage = new ApiStage();
    const admin = await stage.key(['admin']);
    const make = (expiresAt: number) =>
      stage.ask(admin, 'POST /v1/keys', {
        ...{ name: 'till', scopes: ['read'], expiresAt: new Date(expiresAt).toISOString() },
      });

    expect((await make(stage.clock.now())).status).to.equal(400);
    expect((await make(stage.clock.now() + 1)).status).to.equal(201);
  });
});

describe('The export', () => {
  it('has one line for each image, in NDJSON and in CSV', async () => {
    const stage = new ApiStage();
    const key = await stage.key(['read']);
    await stage.add('a.jpg');
    await stage.add('=cmd.jpg', { category: 'Watches' });

    const lines = (await (await stage.ask(key, 'GET /v1/export')).text()).trimEnd().split('\n');
    const csv = await (await stage.ask(key, 'GET /v1/export?format=csv&category=Watches')).text();

    expect(lines.map((line) => JSON.parse(line).name)).to.have.members(['a.jpg', '=cmd.jpg']);
    const [row] = parse(csv, { columns: true }) as Record<string, string>[];
    expect(row).to.include({ name: "'=cmd.jpg", category: 'Watches' });
  });
});

describe('The export of 10,000 images', () => {
  const exported = async (catalog: ImageCatalog) => {
    const stage = new ApiStage({ catalog: async () => catalog });
    const answer = await stage.ask(await stage.key(['read']), 'GET /v1/export');
    return answer.body ?? expect.fail('Expected a body');
  };

  it('has 10,000 lines', async () => {
    const text = await new Response(await exported(new CountedCatalog())).text();

    expect(text.trimEnd().split('\n')).to.have.length(10_000);
  });

  it('reads no further than its client, and ends when the client disconnects', async () => {
    const catalog = new CountedCatalog();
    const reader = (await exported(catalog)).getReader();
    for (let line = 0; line < 5; line += 1) await reader.read();
    const readSoFar = catalog.read;

    await reader.cancel();

    expect(readSoFar).to.be.within(4, 10);
    expect(catalog.isEnded).to.equal(true);
  });
});

describe('The model', () => {
  it('is described by its manifest, and not sent again while it is the same', async () => {
    const stage = new ApiStage();
    const key = await stage.key(['read']);

    const answer = await stage.ask(key, 'GET /v1/model');
    const etag = answer.headers.get('etag') ?? '';
    const again = (value: string) => stage.ask(key, 'GET /v1/model', undefined, { 'if-none-match': value });

    const model = (await answer.json()) as { labels: string[]; files: object[] };
    expect(model.labels).to.have.length(10);
    expect(model.files[0]).to.have.all.keys('path', 'bytes', 'sha256');
    for (const value of [etag, `W/${etag}`, `"other", ${etag}`, '*'])
      expect((await again(value)).status, value).to.equal(304);
    expect((await again('"other"')).status).to.equal(200);
  });

  it('is that of the tenant, with its files, if the tenant has one of its own', async () => {
    const own = { ...(await oneModel(new ScriptedClassifier()).resolve(DEFAULT_TENANT)), dir: COLOURS_MODEL };
    const models = async () => ({ ...oneModel(new ScriptedClassifier()), resolve: async () => own });
    const stage = new ApiStage({ models });
    const key = await stage.key(['read']);

    const model = await stage.read<{ id: string; files: { sha256: string }[] }>(key, 'GET /v1/model');
    const file = await stage.ask(key, 'GET /v1/model/files/model.onnx');

    expect(model.id).to.equal('colours');
    expect(model.files.map(({ sha256 }) => `"${sha256}"`)).to.include(file.headers.get('etag'));
  });

  it('is described without a signature if there is no key, and the log says so', async () => {
    const stage = new ApiStage({ documentSigner: async () => undefined });
    const key = await stage.key(['read']);

    const model = await stage.read<object>(key, 'GET /v1/model');
    const published = await stage.read<object>(undefined, 'GET /.well-known/jwks.json');

    expect(model).to.include.keys('version').and.not.have.property('jws');
    expect(published).to.deep.equal({ keys: [] });
    expect(stage.memory.lines.map(({ outcome }) => outcome)).to.include('manifest-not-signed');
  });

  it('has files, each with its digest as ETag, and no other file', async () => {
    const stage = new ApiStage();
    const key = await stage.key(['read']);
    const { files } = await stage.read<{ files: { path: string; bytes: number; sha256: string }[] }>(
      key,
      'GET /v1/model',
    );
    const [first] = files;
    const path = `GET /v1/model/files/${encodeURIComponent(first?.path ?? '')}`;

    const answer = await stage.ask(key, path);
    const etag = answer.headers.get('etag') ?? '';
    const again = await stage.ask(key, path, undefined, { 'if-none-match': etag });
    const other = await stage.ask(key, 'GET /v1/model/files/..%2Fmanifest.json');

    expect(etag).to.equal(`"${first?.sha256}"`);
    expect((await answer.arrayBuffer()).byteLength).to.equal(first?.bytes);
    expect([again.status, other.status]).to.deep.equal([304, 404]);
  });

  it('leaves no file open after HEAD', async function () {
    const openFiles = '/proc/self/fd';
    if (!existsSync(openFiles)) skip(this, `${openFiles} does not exist`);
    const stage = new ApiStage();
    const key = await stage.key(['read']);
    const count = () => readdirSync(openFiles).filter((fd) => pathOf(fd).endsWith('model.fp32.onnx')).length;
    const pathOf = (fd: string) => {
      try {
        return readlinkSync(join(openFiles, fd));
      } catch {
        return ''; // Closed meanwhile.
      }
    };

    const head = await stage.ask(key, 'HEAD /v1/model/files/model.fp32.onnx');
    // Its file was opened before that of this answer is read to its end.
    const whole = await (await stage.ask(key, 'GET /v1/model/files/model.fp32.onnx')).arrayBuffer();

    expect(head.headers.get('content-length')).to.equal(`${whole.byteLength}`);
    await until('no file is open', () => count() === 0);
  });
});

describe('A replay by the API', () => {
  it("queues the parked images of the caller's folder again; those of default's administrators are all", async () => {
    const stage = new ApiStage();
    const admin = await stage.key(['admin']);
    const foreign = await stage.key(['admin'], ACME);
    const parked = {
      status: 'failed',
      reason: 'parked',
      category: null,
      confidence: null,
      tier: null,
    } as const;
    await stage.add('a.jpg', parked);
    await stage.add('tenants/acme/b.jpg', parked, ACME);
    stage.clock.advance(1);
    const asked = (key: string, body: object) =>
      stage.ask(key, 'POST /v1/replays', body).then((answer) => answer.json());

    const counted = await asked(admin, { dryRun: true });
    const ofFolder = await asked(foreign, { prefix: 'b' });
    const rest = await asked(admin, {});

    const none = { unchanged: 0, failed: 0, isComplete: true };
    expect(counted).to.deep.equal({ ...none, parked: 2, replayed: 0 });
    expect(ofFolder).to.deep.equal({ ...none, parked: 1, replayed: 1 });
    expect(rest).to.deep.equal({ ...none, parked: 1, replayed: 1 });
  });
});

describe('A sweep by the API', () => {
  it('runs, shows its progress, and answers another tenant nothing of it', async () => {
    const stage = new ApiStage();
    const admin = await stage.key(['admin']);
    const foreign = await stage.key(['admin'], ACME);

    const done = await stage.ask(admin, 'POST /v1/sweeps', { dryRun: true });
    const seen = await stage.read<object>(admin, 'GET /v1/sweeps/current');

    expect(done.status).to.equal(200);
    expect(seen).to.include({ status: 'done', mode: 'dry-run', prefix: '' });
    expect((await stage.ask(foreign, 'GET /v1/sweeps/current')).status).to.equal(404);
    expect((await stage.ask(foreign, 'POST /v1/sweeps/current/abort')).status).to.equal(404);
    expect((await stage.ask(admin, 'POST /v1/sweeps/current/pause')).status).to.equal(409);
  });

  it('is paused, resumed and aborted, each once; a second sweep is refused meanwhile', async () => {
    const stage = new ApiStage();
    const admin = await stage.key(['admin']);
    const act = async (action: string) => {
      const answer = await stage.ask(admin, `POST /v1/sweeps/current/${action}`);
      const { status } = (await answer.json()) as { status?: string };
      return `${answer.status} ${status ?? ''}`.trim();
    };
    await stage.ask(admin, 'POST /v1/sweeps', { dryRun: true });
    const { sweeps } = stage.memory;
    const { state, version } = (await sweeps.get(BUCKET)) ?? expect.fail('Expected a sweep');
    if (state) await sweeps.update({ ...state, status: 'running', finishedAt: null }, version);

    const done = [await act('pause'), await act('pause'), await act('resume'), await act('resume')];
    const other = await stage.ask(admin, 'POST /v1/sweeps', { prefix: 'a/' });
    const ended = [await act('abort'), await act('abort'), await act('resume')];

    expect(done).to.deep.equal(['200 paused', '409', '200 running', '409']);
    expect(other.status).to.equal(409);
    expect(ended).to.deep.equal(['200 aborted', '409', '409']);
    expect((await stage.ask(admin, 'POST /v1/sweeps/current/stop')).status).to.equal(400);
  });

  it("of another tenant covers the tenant's folder only", async () => {
    const stage = new ApiStage();
    const foreign = await stage.key(['admin'], ACME);

    await stage.ask(foreign, 'POST /v1/sweeps', { prefix: 'returns/' });

    const seen = await stage.read<object>(foreign, 'GET /v1/sweeps/current');
    expect(seen).to.include({ prefix: 'tenants/acme/returns/' });
  });
});
