#!/usr/bin/env node
/** `npx hangtag init`: adds Hangtag to the Firebase project in the working directory. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { isBucketName, isRegion } from '@hangtag/shared/domain/identity.js';
import { failureOf, UsageError } from '@hangtag/shared/errors.js';
import { describePathError } from '@hangtag/shared/system-error.js';
import { createTwoFilesPatch } from 'diff';
import { isCollection } from '../platform/collection-path.js';
import {
  CODEBASE,
  type FileChange,
  type InitOptions,
  planChanges,
  SETTINGS,
  type Shipped,
} from './plan-changes.js';
import { warningsAbout, warningsAboutSettings } from './warnings.js';

const USAGE = `Usage: npx hangtag init --bucket NAME [OPTION ...]

Adds Hangtag to the Firebase project in this folder. It shows the changes as a diff, and asks before it makes them. Run again, it
changes nothing, or what a newer version needs. ${SETTINGS} has your settings: it is written once.

  --bucket NAME           the bucket of the images
  --region NAME           the region of the functions (us-central1)
  --image-labels NAME     the collection of the extension "Label Images with Cloud Vision AI", whose documents are written too
  --package VERSION|FILE  what npm installs (this version, or the tarball of the last time); a tarball is copied to ${CODEBASE}/
  --yes                   make the changes without asking`;

const EXIT = { done: 0, unchanged: 1, misused: 2 } as const;

process.exitCode = await init(process.argv.slice(2)).catch((error: unknown) => {
  console.error(describePathError(error) ?? failureOf(error).message);
  return EXIT.misused;
});

async function init(args: readonly string[]): Promise<(typeof EXIT)[keyof typeof EXIT]> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return EXIT.done;
  }
  const { isConfirmed, ...options } = optionsOf(args);
  const changes = planChanges(process.cwd(), options, readShipped(import.meta.dirname));
  const settings = existsSync(SETTINGS) ? readFileSync(SETTINGS, 'utf8') : undefined;
  for (const change of changes) console.log(diffOf(change));
  for (const warning of [
    ...warningsAbout(changes, options.bucket),
    ...warningsAboutSettings(settings, options),
  ])
    console.log(`Warning: ${warning}\n`);
  if (changes.length === 0) {
    console.log('This project has Hangtag already: nothing to change.');
    return EXIT.done;
  }
  if (!(isConfirmed || (await confirms()))) {
    console.error('Nothing was changed. To make the changes without a question, add --yes.');
    return EXIT.unchanged;
  }
  write(changes, options);
  console.log(
    `Then type: npm install --prefix ${CODEBASE} && npx firebase-tools deploy --only functions:${CODEBASE},firestore,storage`,
  );
  return EXIT.done;
}

/** @throws {UsageError} */
function optionsOf(args: readonly string[]): InitOptions & { readonly isConfirmed: boolean } {
  const { values, positionals } = parsed(args);
  if (positionals.join(' ') !== 'init') throw misuse(`Expected init but received "${positionals.join(' ')}"`);
  const { bucket, package: spec } = values;
  if (bucket === undefined) throw misuse('Expected --bucket NAME but received none');
  if (!isBucketName(bucket))
    throw misuse(`Expected --bucket to be the name of a bucket but received "${bucket}"`);
  if (values.region !== undefined && !isRegion(values.region))
    throw misuse(`Expected --region to be a region, as europe-west1, but received "${values.region}"`);
  if (values['image-labels'] !== undefined && !isCollection(values['image-labels']))
    throw misuse(
      `Expected --image-labels to be the path of a collection outside of tenants but received "${values['image-labels']}"`,
    );
  if (spec?.endsWith('.tgz') && !existsSync(spec))
    throw misuse(`Expected --package to be a tarball that exists but received "${spec}"`);
  return {
    bucket,
    region: values.region,
    imageLabels: values['image-labels'],
    package: spec,
    isConfirmed: values.yes,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        bucket: { type: 'string' },
        region: { type: 'string' },
        'image-labels': { type: 'string' },
        package: { type: 'string' },
        yes: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw misuse(error instanceof Error ? error.message : String(error));
  }
}

function misuse(message: string): UsageError {
  return new UsageError(`${message}. Type: npx hangtag --help`);
}

/** The package has the rules and indexes of Hangtag beside its modules. */
function readShipped(folder: string): Shipped {
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const { version, peerDependencies, runtime } = JSON.parse(read('package.json'));
  return {
    version,
    firestoreRules: read('project/firestore.rules'),
    storageRules: read('project/storage.rules'),
    indexes: JSON.parse(read('project/firestore.indexes.json')),
    peers: peerDependencies,
    runtime,
  };
}

function diffOf({ path, before, after }: FileChange): string {
  return createTwoFilesPatch(before === '' ? '/dev/null' : path, path, before, after);
}

async function confirms(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test(await prompt.question('Make these changes? [y/N] '));
  } finally {
    prompt.close();
  }
}

function write(changes: readonly FileChange[], { package: spec = '' }: InitOptions): void {
  for (const { path, after } of changes) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, after);
  }
  const copy = join(CODEBASE, basename(spec));
  if (spec.endsWith('.tgz') && resolve(spec) !== resolve(copy)) copyFileSync(spec, copy);
}
