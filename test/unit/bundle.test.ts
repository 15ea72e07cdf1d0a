import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Metafile } from 'esbuild';
import { fromRoot } from '../fixtures/paths.js';

interface Bundler {
  readonly UNUSED: readonly (readonly [path: RegExp, contents: string])[];
  bundleModules(entryPoints: Readonly<Record<string, string>>, outdir: string): Promise<Metafile>;
}

describe('the bundle of the functions', function () {
  this.timeout(120_000);
  const folder = fromRoot(`test/dist/bundle-${process.pid}`);
  let bundler: Bundler;
  let bundle: Metafile;

  before(async () => {
    bundler = await import(fromRoot('functions/bundle-modules.mjs'));
    const clients = fromRoot('test/dist/fixtures/google-clients.js');
    bundle = await bundler.bundleModules(
      { declarations: fromRoot('functions/dist/index.js'), clients },
      folder,
    );
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('has nothing of the parts of packages that are not used', () => {
    for (const [path, contents] of bundler.UNUSED) {
      const bytes = Object.entries(bundle.inputs).flatMap(([file, input]) =>
        path.test(file) ? [input.bytes] : [],
      );
      expect(bytes, `the files of ${path}`).not.to.be.empty;
      for (const each of bytes) expect(each, `bytes of ${path}`).to.equal(contents.length);
    }
  });

  it('has the messages of requests without descriptors of messages and annotations for HTTP', async () => {
    const url = pathToFileURL(resolve(folder, 'clients.js')).href;
    const program = `
      const { messagesOf } = await import(${JSON.stringify(url)});
      console.log(JSON.stringify(messagesOf()));`;

    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      program,
    ]);

    const messages: readonly string[] = JSON.parse(stdout);
    expect(messages).to.include.members([
      'google.firestore.v1.CommitRequest',
      'google.firestore.v1.ListenResponse',
      'google.pubsub.v1.PublishRequest',
      'google.protobuf.Timestamp',
      'google.protobuf.FieldMask',
    ]);
    expect(
      messages.filter((name) => /^google\.(api\.|protobuf\.\w*(Descriptor|Options$))/.test(name)),
    ).to.deep.equal([]);
  });

  it('has no file that fails when it is loaded', async () => {
    const files = Object.keys(bundle.outputs).filter((file) => file.endsWith('.js'));
    const imports = files.map(
      (file) => `await import(${JSON.stringify(pathToFileURL(resolve(file)).href)});`,
    );

    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', imports.join('')]);
  });

  it('loads the database of the wardrobe without the connector of Cloud SQL', () => {
    const fileOf = (part: string) =>
      Object.keys(bundle.outputs).find((file) =>
        Object.keys(bundle.outputs[file]?.inputs ?? {}).some((input) => input.includes(part)),
      );
    const connector = fileOf('cloud-sql-connector/dist/');
    const loaded = new Set([fileOf('wardrobe/dist/data/database.js')]);
    for (const file of loaded)
      for (const { path, kind } of bundle.outputs[file ?? '']?.imports ?? [])
        if (kind !== 'dynamic-import') loaded.add(path);

    expect(loaded).to.include(fileOf('node_modules/pg/'));
    expect(connector).to.be.a('string');
    expect(loaded).not.to.include(connector);
  });
});
