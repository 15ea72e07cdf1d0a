/** Bundles modules of the workspaces and the packages that they use into few files, which a process loads faster. */
import { readFile, stat, writeFile } from 'node:fs/promises';

/** Packages that load native code, or files of their own folder. */
const NATIVE = [/^onnxruntime-node$/, /^@node-rs\//, /^@tensorflow\//, /^libheif-js\//];
/** firebase-tools reads the declarations through the installed package, and compares objects of that package by identity. */
const DECLARING = [/^firebase-functions\//];
const INSTALLED = [...NATIVE, ...DECLARING];
/**
 * In place of protobufjs' descriptors of messages: they are for servers that describe themselves to their clients, and each client
 * of a Google service computes them for all of its messages.
 */
const NO_DESCRIPTORS = `
const { Enum, Root, Type } = require('../..');
const nothing = { file: [], $type: { toObject: () => ({}) } };
for (const { prototype } of [Enum, Root, Type]) prototype.toDescriptor = () => nothing;`;
/**
 * Parts of packages that every start would read and that are not used: a client for locations that each Firestore client makes,
 * messages of services that it does not call, the classes of Pub/Sub's messages, which its client only exports, Firestore's client for
 * administration, zod's translations. If a package moves them, they are bundled again, and a test names them.
 */
export const UNUSED = [
  [/google-gax\/build\/src\/locationService\.js$/, 'exports.LocationsClient = class { async close() {} };'],
  [/google-gax\/build\/protos\/(iam_service|locations|operations)\.js$/, 'exports.google = {};'],
  [/protobufjs\/ext\/descriptor\/index\.js$/, NO_DESCRIPTORS],
  [/pubsub\/build\/protos\/protos\.js$/, 'exports.google = {};'],
  [/firestore\/build\/src\/v1\/firestore_admin_client\.js$/, 'exports.FirestoreAdminClient = class {};'],
  [/zod\/v4\/locales\/index\.js$/, 'export {};'],
];
/**
 * Before its first request, a client reads all messages of its service from such a file. Of these, no request has the descriptors of
 * messages and the annotations for HTTP.
 */
const MESSAGES = /@google-cloud\/(firestore|pubsub)\/build\/protos\/\w+\.json$/;
const DESCRIPTORS =
  /Descriptor|Options$|^(Edition|FeatureSet(Defaults)?|(GeneratedCode|SourceCode)Info|SymbolVisibility|UninterpretedOption)$/;
/**
 * Names that CommonJS modules expect and ES modules lack. Imports have unusual names and no global one is used, because esbuild does
 * not see conflicts with them: a file in which `uuid` has a variable `URL` failed with `new URL`.
 */
const COMMONJS_NAMES = `
import { createRequire as $createRequire } from 'node:module';
import { dirname as $dirname } from 'node:path';
import { fileURLToPath as $fileURLToPath } from 'node:url';
const require = $createRequire(import.meta.url);
const __filename = $fileURLToPath(import.meta.url);
const __dirname = $dirname(__filename);`;

const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'external',
  // node-fetch 2 has its own URL class, with 286 kB of tables, for versions of Node without one.
  alias: { 'whatwg-url': 'node:url' },
  plugins: [
    { name: 'installed-packages', setup: keepInstalledOutside },
    { name: 'unused-parts', setup: emptyUnused },
    { name: 'unused-messages', setup: omitDescriptors },
  ],
  metafile: true,
  logLevel: 'warning',
};

/**
 * @param entryPoints compiled modules by the name of their output
 * @returns esbuild's description of the outputs
 */
export async function bundleModules(entryPoints, outdir) {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints,
    outdir,
    splitting: true,
    format: 'esm',
    banner: { js: COMMONJS_NAMES },
  });
  return metafile;
}

/**
 * Bundles a module and all that it imports into one CommonJS script, for `cached-script.mjs`: V8 can keep the compiled code of a
 * script, and not that of an ES module. The script is an expression, a function with the names of CommonJS as its parameters.
 *
 * @returns esbuild's description of the output
 */
export async function bundleScript(entryPoint, outfile) {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: [entryPoint],
    outfile,
    format: 'cjs',
    define: {
      'import.meta.url': '$url',
      'import.meta.filename': '__filename',
      'import.meta.dirname': '__dirname',
    },
    banner: { js: '(function (exports, require, module, __filename, __dirname, $url) {' },
    footer: { js: '})' },
    // In code that V8 compiled before, Node 20 finds no loader for `import()`. All packages that are not bundled can be required.
    supported: { 'dynamic-import': false },
    // In one script, equal names of several modules are changed, and node-fetch asks for the name of the class AbortSignal.
    keepNames: true,
    // Half the size, which each start reads. Names stay, and lines are short, so a stack trace still leads to its place.
    minifyWhitespace: true,
    lineLimit: 120,
  });
  await writeFile(outfile, asAscii(await readFile(outfile, 'utf8')));
  return metafile;
}

/** Escapes what esbuild leaves in templates, regular expressions and comments: V8 takes twice the memory for a text beyond Latin-1. */
function asAscii(text) {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** @returns undefined if there is no such file */
export async function changedAt(path) {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

function keepInstalledOutside({ onResolve }) {
  for (const filter of INSTALLED) onResolve({ filter }, ({ path }) => ({ path, external: true }));
}

function emptyUnused({ onLoad }) {
  for (const [filter, contents] of UNUSED) onLoad({ filter }, () => ({ contents }));
}

function omitDescriptors({ onLoad }) {
  onLoad({ filter: MESSAGES }, async ({ path }) => {
    const messages = JSON.parse(await readFile(path, 'utf8'));
    const { google } = messages.nested;
    const { api, protobuf, ...others } = google.nested;
    const kept = Object.entries(protobuf.nested).filter(([name]) => !DESCRIPTORS.test(name));
    google.nested = { ...others, protobuf: { ...protobuf, nested: Object.fromEntries(kept) } };
    return { contents: JSON.stringify(messages), loader: 'json' };
  });
}
