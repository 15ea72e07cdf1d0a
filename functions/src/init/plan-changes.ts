/** What `npx hangtag init` changes in the folder of a Firebase project. Planning writes nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { InputError } from '@hangtag/shared/errors.js';
import { addRules } from './add-rules.js';

export interface FileChange {
  /** Relative to the project. */
  readonly path: string;
  /** Empty if there is no such file. */
  readonly before: string;
  readonly after: string;
}

export interface InitOptions {
  readonly bucket: string;
  /** Undefined: us-central1. */
  readonly region: string | undefined;
  /** Collection of the extension "Label Images with Cloud Vision AI", if its documents must be written too. */
  readonly imageLabels: string | undefined;
  /** What npm installs: a version, or a tarball, which then is beside the functions. Undefined: the tarball that is there, or this version. */
  readonly package: string | undefined;
}

/** What Hangtag's package has. */
export interface Shipped {
  readonly version: string;
  readonly firestoreRules: string;
  readonly storageRules: string;
  readonly indexes: Indexes;
  /** Versions of `firebase-functions` and `firebase-admin`. */
  readonly peers: Readonly<Record<string, string>>;
  readonly runtime: string;
}

interface Indexes {
  readonly indexes?: readonly object[];
  readonly fieldOverrides?: readonly { readonly collectionGroup: string; readonly fieldPath: string }[];
}

/** A codebase of functions, or the rules of a database or of a bucket, which a list names: itself, or as a target of `.firebaserc`. */
interface Entry {
  readonly codebase?: string;
  readonly database?: string;
  readonly bucket?: string;
  readonly target?: string;
}

type Section = Entry | readonly Entry[];

interface FirebaseConfig {
  readonly functions?: Section;
  readonly firestore?: Section;
  readonly storage?: Section;
}

/** `.firebaserc`: by project, product and target, names of databases or buckets. */
interface Aliases {
  readonly targets?: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>>
  >;
}

/** The folder of the functions, their codebase, and the group in which they are exported. */
export const CODEBASE = 'hangtag';
/** The settings. They are the project's: this file is written once. */
export const SETTINGS = `${CODEBASE}/index.js`;

const NAME = '@hangtag/functions';
const [PACKAGE, NPMRC] = [`${CODEBASE}/package.json`, `${CODEBASE}/.npmrc`];
/** Those that `firebase init` makes. */
const FIRESTORE_FILES = { rules: 'firestore.rules', indexes: 'firestore.indexes.json' };
const STORAGE_FILES = { rules: 'storage.rules' };
/** Settings of the emulators, which are not for the cloud, end in `.local`. */
const NOT_DEPLOYED = ['node_modules', '.git', '*.local'];

/**
 * @returns only what changes: nothing, if everything was done before
 * @throws {InputError} a file of the project does not have the expected form
 */
export function planChanges(project: string, options: InitOptions, shipped: Shipped): readonly FileChange[] {
  const stored = (path: string) =>
    existsSync(join(project, path)) ? readFileSync(join(project, path), 'utf8') : undefined;
  const read = (path: string) =>
    stored(path)
      ?.replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n');
  const readJson = (path: string) => parse(read(path) ?? '{}', path);
  const json = (path: string, value: object) => jsonText(value, read(path));
  if (read('firebase.json') === undefined)
    throw new InputError(
      'Expected firebase.json in this folder but found none. Type: npx firebase-tools init',
    );
  const config: FirebaseConfig = readJson('firebase.json');
  const aliases: Aliases = readJson('.firebaserc');
  const [firestore, database] = withFiles(config, 'firestore', '(default)', FIRESTORE_FILES, aliases);
  const [storage, bucket] = withFiles(config, 'storage', options.bucket, STORAGE_FILES, aliases);
  const functions = withCodebase(config, shipped.runtime);
  const written: Readonly<Record<string, string>> = {
    'firebase.json': json('firebase.json', { ...config, firestore, storage, functions }),
    [database.rules]: addRules(read(database.rules), shipped.firestoreRules, database.rules),
    [database.indexes]: json(database.indexes, addIndexes(readJson(database.indexes), shipped.indexes)),
    [bucket.rules]: addRules(read(bucket.rules), shipped.storageRules, bucket.rules),
    [PACKAGE]: json(PACKAGE, withDependencies(readJson(PACKAGE), options, shipped)),
    [SETTINGS]: read(SETTINGS) ?? entryText(options),
    [NPMRC]: read(NPMRC) ?? 'onnxruntime-node-install=skip\n',
  };
  return Object.entries(written)
    .filter(([path, text]) => text !== read(path) && !isSameJson(path, read(path), text))
    .map(([path, text]) => {
      const before = stored(path) ?? '';
      return { path, before, after: before.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text };
    });
}

/** A file keeps its own form if its content does not change. */
function isSameJson(path: string, before: string | undefined, after: string): boolean {
  return path.endsWith('.json') && !!before && isDeepStrictEqual(JSON.parse(before), JSON.parse(after));
}

/** @returns the section with the files of the database or the bucket, and these files */
function withFiles<Files extends object>(
  config: FirebaseConfig,
  key: 'firestore' | 'storage',
  name: string,
  defaults: Files,
  { targets = {} }: Aliases,
): readonly [Section, Files] {
  const { [key]: section = {} } = config;
  const named = ({ database, bucket, target }: Entry) =>
    target === undefined
      ? [database ?? bucket ?? name]
      : Object.values(targets).flatMap((each) => each[key]?.[target] ?? []);
  const entries = entriesOf(section, key);
  const own = entries.find((entry) => named(entry).includes(name));
  if (own === undefined)
    throw new InputError(`Expected an object for ${name} as ${key} in firebase.json but found none`);
  const files = { ...defaults, ...own };
  return [isList(section) ? entries.map((entry) => (entry === own ? files : entry)) : files, files];
}

function withCodebase({ functions = [] }: FirebaseConfig, runtime: string): readonly Entry[] {
  const all = entriesOf(functions, 'functions');
  if (all.some(({ codebase }) => codebase === CODEBASE)) return all;
  return [...all, { source: CODEBASE, codebase: CODEBASE, runtime, ignore: NOT_DEPLOYED } as Entry];
}

/** firebase-tools also takes the name of a file. */
function entriesOf(section: Section, key: string): readonly Entry[] {
  const entries = isList(section) ? section : [section];
  const wrong = entries.find((entry: unknown) => entry?.constructor !== Object);
  if (wrong === undefined) return entries;
  throw new InputError(
    `Expected objects as ${key} in firebase.json but received ${JSON.stringify(wrong)}. Write its content in its place`,
  );
}

/** Indexes that the project has stay as they are. */
function addIndexes(own: Indexes, shipped: Indexes): Indexes {
  const indexes = own.indexes ?? [];
  const overrides = own.fieldOverrides ?? [];
  const isNew = (index: object) => !indexes.some((each) => isDeepStrictEqual(each, index));
  const isFree = (field: { readonly collectionGroup: string; readonly fieldPath: string }) =>
    !overrides.some(
      (each) => each.collectionGroup === field.collectionGroup && each.fieldPath === field.fieldPath,
    );
  return {
    ...own,
    indexes: [...indexes, ...(shipped.indexes ?? []).filter(isNew)],
    fieldOverrides: [...overrides, ...(shipped.fieldOverrides ?? []).filter(isFree)],
  };
}

function withDependencies(
  own: { readonly dependencies?: Readonly<Record<string, string>>; readonly allowScripts?: object },
  { package: given }: InitOptions,
  { peers, runtime, version }: Shipped,
): object {
  const known = own.dependencies?.[NAME];
  const named = given?.endsWith('.tgz') ? `file:${basename(given)}` : given;
  const spec = named ?? (known?.startsWith('file:') ? known : version);
  return {
    private: true,
    main: 'index.js',
    engines: { node: runtime.replace('nodejs', '') },
    ...own,
    dependencies: {
      ...peers,
      ...own.dependencies,
      [NAME]: spec,
    },
    // Without this and .npmrc, onnxruntime-node tries to download libraries for CUDA.
    allowScripts: { ...own.allowScripts, 'onnxruntime-node': false },
  };
}

/** A group, because the project may have functions with the same names: hangtag-ingest, hangtag-classify and so on. */
function entryText({ bucket, region = 'us-central1', imageLabels }: InitOptions): string {
  const settings = { bucket, region, ...(imageLabels && { imageLabels: { collection: imageLabels } }) };
  return `const { hangtag } = require('@hangtag/functions');

exports.${CODEBASE} = hangtag(${JSON.stringify(settings, null, 2)});
`;
}

function isList(section: Section): section is readonly Entry[] {
  return Array.isArray(section);
}

/** @returns what the caller expects: only the fields that are read matter */
function parse(text: string, path: string) {
  try {
    const value = JSON.parse(text);
    if (value?.constructor === Object) return value;
  } catch (cause) {
    throw new InputError(`Expected JSON without comments in ${path} but received ${String(cause)}`, {
      cause,
    });
  }
  throw new InputError(`Expected a JSON object in ${path} but received another value`);
}

/** In the indentation of the file before. */
function jsonText(value: object, before = ''): string {
  const [, indent = '  '] = /^([ \t]+)"/m.exec(before) ?? [];
  return `${JSON.stringify(value, null, indent)}\n`;
}
