import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Metafile } from 'esbuild';
import { fromRoot } from '../fixtures/paths.js';
import { rejection } from '../support/rejection.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

interface Bundler {
  readonly UNUSED: readonly (readonly [path: RegExp, contents: string])[];
  bundleModules(entryPoints: Readonly<Record<string, string>>, outdir: string): Promise<Metafile>;
  bundleScript(entryPoint: string, outfile: string): Promise<Metafile>;
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

  it('is not made for a folder without a model, which is named in one line', async () => {
    const env = { ...process.env, HANGTAG_MODEL_DIR: 'models/none' };
    const out = join(temporaryDirectory(), 'build');

    const bundling = promisify(execFile)(process.execPath, [fromRoot('functions/bundle.mjs'), '--out', out], {
      env,
    });

    expect(await rejection(bundling)).to.include({ code: 2 });
    expect(await bundling.catch((error: { stderr: string }) => error.stderr)).to.match(
      /^Expected HANGTAG_MODEL_DIR to be the folder of a model .*none\. Type: npm run model -- add DIR\n$/,
    );
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

describe('the script of the functions', function () {
  this.timeout(60_000);
  const folder = temporaryDirectory();
  const script = join(folder, 'declarations.cjs');
  const compiled = join(folder, 'compiled');
  const STACK_FLAGS = ['--initial-old-space-size=64'];

  before(async () => {
    const bundler: Bundler = await import(fromRoot('functions/bundle-modules.mjs'));
    await bundler.bundleScript(fromRoot('test/dist/fixtures/bundled-script.js'), script);
    await copyFile(fromRoot('functions/cached-script.mjs'), join(folder, 'cached-script.mjs'));
  });

  beforeEach(() => rm(compiled, { recursive: true, force: true }));

  async function run({ flags = [], writes = false }: Options = {}): Promise<Ran> {
    const program = `
      const { runScript } = await import('./cached-script.mjs');
      const { facts, isCompiled, writeCompiled } = runScript();
      if (${writes}) writeCompiled();
      console.log(JSON.stringify({ isCompiled, facts: await facts() }));`;
    const args = [...flags, '--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    return JSON.parse(stdout);
  }

  it('runs with the code that V8 compiled before', async () => {
    const before = await run({ writes: true });

    const after = await run();

    expect([before.isCompiled, after.isCompiled]).to.deep.equal([false, true]);
    expect(after.facts).to.deep.equal(before.facts);
  });

  it('runs with other flags of Node, for which V8 compiles it anew, and keeps both', async () => {
    await run({ writes: true });

    const first = await run({ flags: STACK_FLAGS, writes: true });
    const second = await run({ flags: STACK_FLAGS });

    expect([first.isCompiled, second.isCompiled]).to.deep.equal([false, true]);
    expect((await run()).isCompiled).to.equal(true);
  });

  it('runs if the compiled code is damaged', async () => {
    const { facts } = await run({ writes: true });
    const [file = ''] = await readdir(compiled);
    for (const damage of [damagedEnd, shortened, () => Buffer.alloc(0)]) {
      await writeFile(join(compiled, file), damage(await readFile(join(compiled, file))));

      expect(await run()).to.deep.equal({ isCompiled: false, facts });
    }
  });

  it('runs anew if the compiled code belongs to another source of the same length', async () => {
    await run({ writes: true });
    const source = await readFile(script, 'utf8');
    await writeFile(script, source.replace('1 ', '7 '));
    try {
      const { isCompiled, facts } = await run();

      expect(isCompiled).to.equal(false);
      expect(facts).to.have.property('text').that.matches(/^7 /);
    } finally {
      await writeFile(script, source);
    }
  });

  it('is ASCII, and its texts, patterns and names are those of the source', async () => {
    const { facts } = await run();

    expect(await readFile(script, 'utf8')).to.match(/^[\0-\x7f]*$/);
    expect(facts).to.deep.equal({
      text: '1 → 2 … 👗',
      matches: [true, true, false],
      file: pathToFileURL(script).href,
      hasOs: true,
      names: ['AbortSignal', 'AbortSignal'],
    });
  });
});

interface Options {
  readonly flags?: readonly string[];
  /** Whether the compiled code is written. */
  readonly writes?: boolean;
}

interface Ran {
  /** Whether V8 used the compiled code. */
  readonly isCompiled: boolean;
  readonly facts: unknown;
}

function shortened(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length - 1);
}

function damagedEnd(bytes: Buffer): Buffer {
  return Buffer.from(bytes).fill(0, bytes.length - 64);
}
