import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Call, Ended } from '../fixtures/command-host.js';
import { identityNetwork } from '../support/onnx-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
const HOST = fileURLToPath(new URL('../fixtures/command-host.js', import.meta.url));
const MODEL = join(REPOSITORY, 'models', 'fashion-mobilenetv2');

interface Case {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: 1 | 2;
  readonly says: RegExp;
}

/** Wrong values. Relative paths are those of the folder that `before` makes. No stack runs there. */
const wrong = (option: string, value: string, says: RegExp): Case => ({
  args: [`--${option}`, value],
  code: 2,
  says,
});
const noStack = (...args: string[]): Case => ({ args, code: 1, says: /a running stack .* Type: npm start/ });
const PORT = wrong('port-base', '0', /whole number from 1 to 65535 but received "0"/);
const TARGET = [
  PORT,
  wrong('project', 'No Project', /id of a project/),
  {
    args: ['--project', 'no-such-project', '--owner', 'ann'],
    code: 1,
    says: /credentials for the project no-such-project but found none. Type: gcloud auth/,
  },
] as const;
const DEPLOYED = ['--project', 'demo-shop', '--region', 'europe-west1'];
const BUCKET = wrong('bucket', 'No Bucket', /name of a bucket/);
const TENANT = wrong('tenant', '../acme', /a tenant id/);
const FLAG = (option: string): Case => ({
  args: [`--${option}=yes`],
  code: 2,
  says: new RegExp(`Expected no value for --${option} but received "yes"`),
});
const withoutOwner = ({ args, ...rest }: Case): Case => ({
  ...rest,
  args: args.filter((arg) => arg !== '--owner' && arg !== 'ann'),
});

const CASES: Readonly<Record<string, readonly Case[]>> = {
  start: [
    ...['once', 'fresh', 'embedded', 'enforce-indexes', 'wardrobe', 'no-open'].map(FLAG),
    wrong('images', 'none', /folder that can be read .*"none" \(no such file or folder\)/),
    wrong('images', 'file.txt', /\(not a folder\)/),
    wrong('images', 'empty', /Expected pictures in "empty"/),
    wrong('count', '-1', /whole number from 0/),
    wrong('json', 'none/out.json', /file that can be written .*\(no folder none\)/),
    wrong('json', 'empty', /\(a folder\)/),
    wrong('trace', 'none/trace.html', /no folder none/),
    wrong('port-base', '80', /whole number from 1024/),
    wrong('data', 'file.txt', /a folder for --data/),
    {
      args: ['--trace', 'trace.html', '--json', 'out.json', '--data', 'file.txt'],
      code: 2,
      says: /a folder for --data/,
    },
    { args: ['--data', 'file.txt/data'], code: 1, says: /a file in the place of a folder/ },
    { args: [], env: { HANGTAG_MODEL_DIR: 'none' }, code: 1, says: /manifest.json.*no such file or folder/ },
    {
      args: [],
      env: { HANGTAG_AUTO_PROCESS_AT: '85' },
      code: 1,
      says: /received HANGTAG_AUTO_PROCESS_AT: Too big/,
    },
    { args: [], env: { HANGTAG_FOO: '1' }, code: 1, says: /HANGTAG_FOO/ },
  ],
  drop: [
    PORT,
    noStack('file.txt'),
    { args: ['none'], code: 2, says: /received "none" \(no such file or folder\)/ },
    { args: ['file.txt/a.jpg'], code: 2, says: /\(a file in the place of a folder\)/ },
  ],
  deploy: [
    { args: [], code: 2, says: /--project P --region R but received no --project P and no --region R/ },
    { args: ['--region', 'europe-west1'], code: 2, says: /--region R but received no --project P\. / },
    wrong('project', 'No Project', /id of a project/),
    wrong('region', 'europe', /a region, as europe-west1/),
    wrong('environment', 'nowhere', /a file in deploy.gcp.environments/),
    wrong('image', 'hangtag:latest', /NAME@sha256/),
    wrong('delete-data', '', /id of the project/),
    ...['plan', 'destroy'].map(FLAG),
    { args: [...DEPLOYED, '--plan', '--destroy'], code: 2, says: /--plan or --destroy but received both/ },
    {
      args: [...DEPLOYED, '--delete-data', 'demo-shop'],
      code: 2,
      says: /received --delete-data demo-shop alone/,
    },
    {
      args: [...DEPLOYED, '--destroy', '--delete-data', 'demo-ship'],
      code: 2,
      says: /Expected --destroy --delete-data demo-shop/,
    },
  ],
  backup: [
    { args: [], code: 2, says: /Expected --to DIR/ },
    wrong('to', '', /Expected --to to be DIR/),
    ...TARGET.slice(0, 2),
    BUCKET,
    noStack('--to', 'empty'),
  ],
  restore: [
    { args: [], code: 2, says: /Expected --from DIR/ },
    wrong('from', 'none', /no such file or folder/),
    ...TARGET.slice(0, 2),
    BUCKET,
    noStack('--from', 'empty'),
  ],
  smoke: [...TARGET.slice(0, 2), BUCKET, wrong('seconds', '0', /whole number from 1 to 3600/), noStack()],
  tick: [PORT, noStack('report'), noStack('report', '--port-base', '8700')],
  suite: [
    { args: ['more'], code: 2, says: /no further word but received "more"/ },
    { args: ['--colour'], code: 2, says: /Expected no option but received --colour/ },
  ],
  evaluate: [
    { args: [], code: 2, says: /--model DIR --images DIR --labels FILE.csv/ },
    wrong('model', 'none', /no such file or folder/),
    wrong('images', 'file.txt', /not a folder/),
    wrong('labels', 'none.csv', /no such file or folder/),
    wrong('labels', 'empty', /not a file/),
    wrong('engine', 'torch', /one of onnx/),
    wrong('where', 'split', /COLUMN=VALUE/),
    FLAG('write-guarantees'),
    wrong('json', 'none/out.json', /no folder none/),
    {
      args: ['--model', 'empty', '--images', 'empty', '--labels', 'labels.csv'],
      code: 1,
      says: /manifest.json: expected a JSON file .npm run model -- add DIR writes it. but received no such file/,
    },
    ...[
      ['file.txt', [], /Expected the columns file,label/],
      ['broken.csv', [], /Expected broken.csv to be a CSV file/],
      ['labels.csv', ['--source', 'camera'], /the column camera/],
    ].map(
      ([labels, more, says]) =>
        ({
          args: ['--model', MODEL, '--images', 'empty', '--labels', labels, ...(more as string[])],
          code: 2,
          says,
        }) as Case,
    ),
  ],
  model: [
    { args: ['add', 'none'], code: 2, says: /received "none" \(no such file or folder\)/ },
    { args: ['add', 'empty'], code: 1, says: /one .onnx file or one model.json but received none/ },
    { args: ['add', 'bad-metadata'], code: 1, says: /metadata.json: expected a JSON file/ },
    {
      args: ['add', 'bad-network'],
      code: 1,
      says: /bad-network cannot be used: model.onnx: .* a network for onnx/,
    },
    {
      args: ['add', 'two-inputs'],
      code: 1,
      says: /two-inputs cannot be used: input: expected one tensor of float32 .* but received float32, float32/,
    },
    {
      args: ['add', 'keras'],
      code: 1,
      says: /one .onnx file or one model.json but received labels.txt, net.h5/,
    },
    {
      args: ['add', 'other-json'],
      code: 1,
      says: /model.json: expected a network for tfjs but received another JSON/,
    },
    {
      args: ['add', 'utf16'],
      code: 1,
      says: /labels.txt: expected a text in UTF-8 but received bytes of another/,
    },
    { args: ['add', MODEL], code: 2, says: /--force overwrites it/ },
    { args: ['remove', 'empty'], code: 2, says: /add DIR but received "remove empty"/ },
    FLAG('force'),
    wrong('labels', 'one', /two or more labels/),
    wrong('size', '0x9', /WIDTHxHEIGHT/),
    wrong('size', '10000x9', /at most 9999/),
    wrong('version', 'of today', /without spaces/),
    wrong('normalisation', 'none', /one of signed/),
    wrong('fit', 'stretch', /one of squash/),
    wrong('kernel', 'nearest', /one of linear/),
    wrong('colour-order', 'grb', /one of rgb, bgr/),
    wrong('id', 'My Shop', /small letters/),
    wrong('golden', 'none', /no such file or folder/),
  ],
  report: [...TARGET.map(withoutOwner), wrong('day', '2026-02-30', /YYYY-MM-DD or today/), TENANT, noStack()],
  erase: [
    ...TARGET,
    { args: [], code: 2, says: /--owner OWNER but received none/ },
    {
      args: ['--owner', 'ann', '--owner', 'bob'],
      code: 2,
      says: /--owner once but received "ann" and "bob"/,
    },
    TENANT,
    FLAG('dry-run'),
    noStack('--owner', 'ann'),
  ],
  sweep: [
    ...TARGET.map(withoutOwner),
    BUCKET,
    wrong('reason', 'dirt', /one of routine/),
    ...['dry-run', 'pause', 'resume', 'abort'].map(FLAG),
    { args: ['--pause', '--abort'], code: 2, says: /one action but received --pause and --abort/ },
    noStack(),
  ],
  replay: [...TARGET.map(withoutOwner), BUCKET, FLAG('dry-run'), noStack()],
  suspects: [...TARGET.map(withoutOwner), TENANT, noStack()],
  export: [
    ...[...TARGET.map(withoutOwner), TENANT].map(({ args, ...rest }) => ({
      ...rest,
      args: ['judgements', 'out', ...args],
    })),
    { args: ['labels', 'out'], code: 2, says: /"judgements" but received "labels"/ },
    { args: ['judgements'], code: 2, says: /received/ },
    noStack('judgements', 'out'),
  ],
  keys: [
    ...TARGET.map(withoutOwner).map(({ args, ...rest }) => ({ ...rest, args: ['list', ...args] })),
    { args: ['remove'], code: 2, says: /received/ },
    { ...TENANT, args: ['list', ...TENANT.args] },
    wrong('scope', 'all', /one of/),
    wrong('expires-in-days', '0', /whole number from 1/),
    wrong('grace-hours', '-1', /whole number from 0/),
    noStack('list'),
    {
      args: ['rotate', '0123456789ab', '--scope', 'read'],
      code: 2,
      says: /Expected no --name, --scope or .* for rotate/,
    },
    { args: ['list', '0123456789ab'], code: 2, says: /Expected no ID for list but received "0123456789ab"/ },
  ],
  tenants: [
    ...TARGET.map(withoutOwner).map(({ args, ...rest }) => ({ ...rest, args: ['list', ...args] })),
    { args: ['rename'], code: 2, says: /create, list, set or remove but received "rename"/ },
    { args: ['create', '../acme'], code: 2, says: /a tenant id, at most 63 .*"..\/acme"/ },
    { args: ['set'], code: 2, says: /a tenant id, at most 63 .*""/ },
    { args: ['set', 'acme'], code: 2, says: /at least one setting for set but received none/ },
    {
      args: ['remove', 'acme', '--auto', '0.9', '--feature', 'organise'],
      code: 2,
      says: /no setting for remove but received --feature, --auto/,
    },
    wrong('time-zone', 'Berlin', /an IANA name/),
    wrong('feature', 'magic', /one of organise, embeddings/),
    ...['auto', 'auto-precision', 'quick', 'min-score'].map((name) =>
      wrong(name, '85', /a number from 0 to 1/),
    ),
    ...['top-k', 'images-per-day', 'requests-per-minute', 'max-bytes'].map((name) =>
      wrong(name, '0', /whole number from 1/),
    ),
    wrong('control-every', '1', /whole number from 2/),
    wrong('double-every', '0', /whole number from 1/),
    wrong('default', 'colour', /one of name, timeZone/),
    noStack('create', 'acme', '--auto', '0.9'),
    noStack('list'),
  ],
  models: [
    ...TARGET.map(withoutOwner).map(({ args, ...rest }) => ({
      ...rest,
      args: ['list', ...args],
      env: { HANGTAG_MODEL_STORE: 'gs://models' },
    })),
    { args: ['rename'], code: 2, says: /one of add, list, show, trial, .* but received "rename"/ },
    { args: ['constructor'], code: 2, says: /but received "constructor"/ },
    { args: ['add'], code: 2, says: /the folder of a model after add/ },
    { args: ['list', 'more'], code: 2, says: /no further word but received "more"/ },
    ...['trial', 'remove'].map(
      (action): Case => ({ args: [action], code: 2, says: /a version as ID@VERSION but received ""/ }),
    ),
    { args: ['promote', 'shop'], code: 2, says: /a version as ID@VERSION but received "shop"/ },
    { args: ['at', 'noon'], code: 2, says: /a time, as 2026-11-20T10:00Z, but received "noon"/ },
    { args: ['at', '2026-13-20'], code: 2, says: /a time/ },
    { args: ['at', '9999-01-01'], code: 2, says: /a time in the past but received "9999-01-01"/ },
    {
      args: ['list', '--project', 'no-such-project'],
      code: 2,
      says: /HANGTAG_MODEL_STORE=gs:\/\/BUCKET with --project/,
    },
    { ...TENANT, args: ['list', ...TENANT.args] },
    wrong('share', '10', /a number from 0 to 1/),
    ...['force', 'json'].map(FLAG),
    noStack('show'),
  ],
  learn: [
    ...TARGET.map(withoutOwner).map((each) => ({ ...each, env: { HANGTAG_MODEL_STORE: 'gs://models' } })),
    wrong('share', '2', /a number from 0 to 1/),
    ...['--tenant=acme', '--share=1', '--trust=ada', '--project=demo-shop', '--port-base=8700'].map(
      (given) => ({
        args: ['--from', 'empty', given],
        code: 2 as const,
        says: /Expected no --tenant, .* with --from/,
      }),
    ),
    wrong('from', 'none', /no such file or folder/),
    wrong('model', 'file.txt', /not a folder/),
    wrong('min', '1', /whole number from 2/),
    TENANT,
    noStack(),
  ],
  api: [wrong('port', '65536', /whole number from 0/), FLAG('public')],
  bench: [
    wrong('only', 'speed', /one of decode/),
    ...['quick', 'twice'].map(FLAG),
    wrong('compare', 'none.json', /no such file/),
    wrong('json', 'none/out.json', /no folder none/),
  ],
  audit: [],
  'learning-curve': [
    wrong('data', 'none', /no such file or folder/),
    wrong('model', 'file.txt', /not a folder/),
    ...['suspects', 'time', 'write-knowledge'].map(FLAG),
  ],
  palette: [wrong('data', 'none', /no such file or folder/), wrong('model', 'file.txt', /not a folder/)],
  projection: [
    wrong('data', 'none', /no such file or folder/),
    wrong('model', 'file.txt', /not a folder/),
    wrong('numbers', '0', /whole number from 1/),
    FLAG('write'),
  ],
  typicality: [
    wrong('data', 'none', /no such file or folder/),
    wrong('model', 'file.txt', /not a folder/),
    FLAG('write'),
  ],
  fuzz: [
    FLAG('api'),
    wrong('requests', '0', /whole number from 1/),
    wrong('seed', '-1', /whole number from 0/),
  ],
};

/** Scripts of package.json that run no program with `runCommand`. */
const SCRIPTS: readonly (readonly [program: string, script: string])[] = [
  [process.execPath, 'functions/bundle.mjs'],
  [process.execPath, 'functions/pack.mjs'],
  [process.execPath, 'test/mutation/run.mjs'],
  ['bash', 'tools/rehearse-recovery.sh'],
  ['bash', 'deploy/check.sh'],
  ['bash', 'deploy/container/check.sh'],
];

/** Every text but the empty one is a valid value, or the value is compared with a model or a bucket. */
const ANY_TEXT = [
  'by',
  'out',
  'id',
  'trust',
  'name',
  'prefix',
  'owner',
  'scores',
  'version',
  'source',
  'cache',
];

describe('The command line', () => {
  const folder = temporaryDirectory();
  const hostEnd = new AbortController();
  let host: ChildProcess;

  before(async () => {
    host = fork(HOST, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    host.once('exit', (code) =>
      hostEnd.abort(new Error(`Expected programs that return but one ended with ${code}`)),
    );
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'file.txt'), '');
    await writeFile(join(folder, 'labels.csv'), 'file,label\na,Watches\n');
    await writeFile(join(folder, 'broken.csv'), 'file,label\na,b,c\n');
    for (const name of ['bad-metadata', 'bad-network', 'two-inputs', 'keras', 'other-json', 'utf16'])
      await mkdir(join(folder, name));
    await writeFile(join(folder, 'bad-metadata', 'metadata.json'), '{');
    await writeFile(join(folder, 'bad-metadata', 'model.json'), '{}');
    await writeFile(join(folder, 'bad-network', 'model.onnx'), 'hello');
    const input = { type: 'float32', axes: [1, 3, 8, 8] } as const;
    await writeFile(join(folder, 'two-inputs', 'net.ONNX'), identityNetwork(input, input));
    await writeFile(join(folder, 'keras', 'net.h5'), '');
    await writeFile(join(folder, 'keras', 'labels.txt'), 'a\nb\n');
    await writeFile(join(folder, 'other-json', 'model.json'), '{"a": 1}');
    await writeFile(join(folder, 'utf16', 'net.onnx'), identityNetwork(input));
    await writeFile(join(folder, 'utf16', 'labels.txt'), '\ufeffa\nb\n', 'utf16le');
  });

  after(() => {
    host.kill('SIGKILL');
  });

  /** The program of an npm script, without npm and without a build. */
  async function run(script: string, { args, env = {} }: Pick<Case, 'args' | 'env'>): Promise<Ended> {
    const { PATH = '' } = process.env;
    const call: Call = { program: programOf(script), args, env: { PATH, HOME: folder, ...env } };
    host.send(call);
    const [ended] = await once(host, 'message', { signal: hostEnd.signal });
    return ended;
  }

  it('has cases for every program of package.json that has options', () => {
    const programs = Object.keys(scripts).filter(isProgram);

    expect(Object.keys(CASES)).to.have.members(programs);
  });

  for (const [program, script] of SCRIPTS) {
    it(`of ${script} prints its usage, and refuses an unknown option in one line`, () => {
      const type = (option: string) =>
        spawnSync(program, [join(REPOSITORY, script), option], { cwd: folder, encoding: 'utf8' });

      const [usage, wrong] = [type('--help'), type('--colour')];

      expect(usage.stdout).to.match(/^Usage: npm run [\w:]+/);
      expect({ code: usage.status, err: usage.stderr }).to.deep.equal({ code: 0, err: '' });
      expect(wrong.stderr).to.match(/^[^\n]*--colour[^\n]* Usage: npm run [^\n]*\n$/);
      expect({ code: wrong.status, out: wrong.stdout }).to.deep.equal({ code: 2, out: '' });
    });
  }

  for (const [script, cases] of Object.entries(CASES)) {
    describe(script, () => {
      let usage: Ended;
      let options: readonly { readonly name: string; readonly value: string | undefined }[];

      before(async () => {
        usage = await run(script, { args: ['--help'] });
        const lines = [...usage.out.matchAll(/^ {2}--([\w-]+)(?: (\S+))? {2}/gm)];
        options = lines.map(([, name = '', value]) => ({ name, value }));
      });

      it('prints its usage and does nothing else', () => {
        const { code, out, err } = usage;
        expect({ code, err }).to.deep.equal({ code: 0, err: '' });
        expect(out).to.include(script === 'start' ? 'npm start' : `npm run ${script}`);
      });

      it('has a case with a wrong value for each of its options', () => {
        const tried = cases.flatMap(({ args }) => args.map((arg) => /^--([\w-]+)/.exec(arg)?.[1]));
        const untried = options.filter(({ name }) => !tried.includes(name) && !ANY_TEXT.includes(name));
        expect(untried.map(({ name }) => name)).to.deep.equal([]);
      });

      it('refuses an unknown option, an empty value and a missing value, each by its name', async () => {
        const valued = options.filter(({ value }) => value !== undefined);
        const empty = ['--colour', ...valued.map(({ name }) => `--${name}=`)];
        const missing = [...valued.flatMap(({ name }) => [`--${name}`, '--colour']), '--colour'];

        for (const args of [empty, missing]) {
          const { code, err } = await run(script, { args });
          expect(code, err).to.equal(2);
          expectPlain(err);
          expect(err)
            .to.include('--colour')
            .and.match(/Type: npm (start|run [a-z-]+) -- --help/);
          for (const { name } of valued)
            expect(err).to.match(new RegExp(`Expected .*--${name}\\b.* received`));
        }
      });

      for (const { args, env, code, says } of cases) {
        const words = [...args, ...Object.entries(env ?? {}).map((each) => each.join('='))].join(' ');
        it(`answers one line and exit code ${code} to: ${words.replaceAll(REPOSITORY, '') || '(nothing)'}`, async () => {
          const needsWord =
            {
              drop: ['file.txt'],
              tick: ['report'],
              model: ['add', 'empty'],
              keys: ['list'],
              tenants: ['list'],
              models: ['list'],
            }[script] ?? [];
          const all = args[0]?.startsWith('--') ? [...needsWord, ...args] : args;

          const ended = await run(script, { args: all, ...(env && { env }) });

          expect(ended.code, ended.err).to.equal(code);
          expect(ended.err).to.match(says);
          if (code === 2) expect(ended.err).to.match(/\. Type: npm /);
          expect(ended.err.trimEnd().split('\n'), ended.err).to.have.length(1);
          expectPlain(ended.err);
        });
      }
    });
  }

  describe('after all of these', () => {
    it('has nothing open that keeps its process alive', async () => {
      host.disconnect();

      const [, signal] = await once(host, 'exit');
      expect(signal).to.equal(null);
    });
  });
});

/** The npm script runs a module that reads its arguments by `runCommand`. */
function isProgram(script: string): boolean {
  const program = programOf(script);
  return (
    statSync(program, { throwIfNoEntry: false })?.isFile() === true &&
    /^await runCommand\(/m.test(readFileSync(program, 'utf8'))
  );
}

function programOf(script: string): string {
  // `tools/api.mjs` bundles the program first.
  const program = script === 'api' ? 'tools/dist/api-command.js' : scripts[script].split(' ').at(-1);
  return join(REPOSITORY, program);
}

function expectPlain(text: string): void {
  expect(text).not.to.match(/^ {4}at |node:internal|\bE(NOENT|ISDIR|NOTDIR|ACCES)\b/m);
}
