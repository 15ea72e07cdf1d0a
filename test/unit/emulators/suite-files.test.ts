import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { copyFile, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ownSurroundings } from '@hangtag/emulators/google/surroundings.js';
import { PROJECT } from '@hangtag/emulators/start/stack-plan.js';
import { launchScript, writeEmulatorFiles } from '@hangtag/emulators/suite/emulator-files.js';
import { firebaseToolsFor } from '@hangtag/emulators/suite/firebase-tools.js';
import { findRulesRuntime, findUi, linesOfLeftOut } from '@hangtag/emulators/suite/parts.js';
import { manifestOf, shimJar } from '@hangtag/emulators/suite/shim-jar.js';
import { findPrograms } from '@hangtag/emulators/suite/suite.js';
import { emulatorFiles } from '@hangtag/functions/platform/parameters.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { declaredParams } from 'firebase-functions/params';
import '@hangtag/functions/index.js';
import { strFromU8, unzipSync } from 'fflate';
import { fromRoot } from '../../fixtures/paths.js';
import { rejection } from '../../support/rejection.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('the manifest of a jar', () => {
  it('keeps a line of 72 bytes whole and folds one of 73', () => {
    const manifest = manifestOf({ A: 'x'.repeat(69), B: 'y'.repeat(70) });

    expect(manifest).to.equal(`A: ${'x'.repeat(69)}\r\nB: ${'y'.repeat(69)}\r\n y\r\n`);
  });

  it('has no line over 72 bytes, and is whole again once unfolded', () => {
    const value = `file:/${'long/'.repeat(80)}emulator.jar`;

    const manifest = manifestOf({ 'Class-Path': value });

    const lines = manifest.split('\r\n');
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).to.equal(72);
    expect(manifest.replaceAll('\r\n ', '')).to.equal(`Class-Path: ${value}\r\n`);
  });

  it('names the other jar by a URL, in which spaces and accents are encoded', () => {
    const jar = shimJar({ jar: '/opt/ein Gerät/f.jar', mainClass: 'Main' });

    const files = unzipSync(jar);
    expect(Object.keys(files)).to.deep.equal(['META-INF/MANIFEST.MF']);
    expect(strFromU8(files['META-INF/MANIFEST.MF'] ?? new Uint8Array())).to.equal(
      'Manifest-Version: 1.0\r\nMain-Class: Main\r\nClass-Path: file:///opt/ein%20Ger%C3%A4t/f.jar\r\n',
    );
  });
});

describe('the files with parameters and secrets for the emulators', () => {
  const linesOf = (text: string) => text.trimEnd().split('\n');

  it('hold every parameter and every secret of the declarations, so that nothing is asked', () => {
    const files = emulatorFiles();

    const lines = Object.values(files).flatMap(linesOf);
    expect(lines.map((line) => line.slice(0, line.indexOf('=')))).to.have.members(
      declaredParams.map(({ name }) => name),
    );
    expect(linesOf(files['.secret.local'])).to.include('HANGTAG_SMTP_URL=none');
  });

  it('name the bucket that the emulator UI shows for the project of .firebaserc', async () => {
    const { projects } = JSON.parse(await readFile(fromRoot('.firebaserc'), 'utf8'));

    expect(linesOf(emulatorFiles()['.env.local'])).to.include(
      `HANGTAG_BUCKET=${projects.default}.appspot.com`,
    );
    expect(projects.default).to.equal(PROJECT);
  });

  it('hold what is configured', () => {
    const files = emulatorFiles(
      parseConfig({
        HANGTAG_SLACK_WEBHOOK_URL: 'https://slack.example.com/x',
        HANGTAG_LABELED_TOPIC: 'labels',
      }),
    );

    expect(linesOf(files['.env.local'])).to.include('HANGTAG_LABELED_TOPIC=labels');
    expect(linesOf(files['.secret.local'])).to.include(
      'HANGTAG_SLACK_WEBHOOK_URL=https://slack.example.com/x',
    );
  });
});

describe('the folder that is there before npm run bundle', () => {
  const directory = temporaryDirectory();
  const makePlaceholder = async () => {
    const program = join(directory, 'placeholder.mjs');
    await copyFile(fromRoot('functions/placeholder.mjs'), program);
    await promisify(execFile)(process.execPath, [program]);
  };

  it('names the command to type when firebase-tools loads it, and for each image', async () => {
    await makePlaceholder();
    await symlink(fromRoot('node_modules'), join(directory, 'node_modules'), 'dir');

    const calling = promisify(execFile)(
      process.execPath,
      ['-e', "console.error('loaded'); require('./build').notBuilt.run({})"],
      {
        cwd: directory,
        env: { ...process.env, GCLOUD_PROJECT: PROJECT, FIREBASE_CONFIG: '{"storageBucket":"inbox"}' },
      },
    );

    const { stderr } = (await rejection(calling)) as Error & { stderr: string };
    expect(stderr.match(/they are not built\. Stop the emulators, and type: npm run bundle/g)).to.have.length(
      2,
    );
  });

  it('does not replace functions that were built', async () => {
    await makePlaceholder();
    const index = join(directory, 'build', 'index.js');
    writeFileSync(index, 'built');

    await makePlaceholder();

    expect(await readFile(index, 'utf8')).to.equal('built');
  });
});

describe('the emulator UI', () => {
  const machine = (names: readonly string[]) => ({
    ...ownSurroundings({}),
    list: (folder: string) => (folder.endsWith('emulators') ? names : []),
  });

  it('is on if firebase-tools has downloaded it', () => {
    expect(findUi(machine(['ui-v1.15.0.zip', 'ui-v1.15.0']))).to.equal('on');
  });

  it('is left out elsewhere, with the command that downloads it', () => {
    const ui = findUi(machine(['ui-v1.15.0.zip']));

    expect(ui).to.equal('off');
    expect(linesOfLeftOut(ui, 'firebase-tools@14').join('\n')).to.include(
      'npx firebase-tools@14 setup:emulators:ui',
    );
  });
});

describe('the rules runtime of the Storage emulator', () => {
  const JAR = 'cloud-storage-rules-runtime-v1.1.3.jar';
  const machine = (env: NodeJS.ProcessEnv, files: readonly string[]) => ({
    ...ownSurroundings(env),
    homeDirectory: '/home/ann',
    exists: (path: string) => files.some((file) => path.endsWith(file)),
    list: () => files,
  });

  it('is found in the cache of firebase-tools', () => {
    const path = join('/home/ann/.cache/firebase/emulators', JAR);

    expect(findRulesRuntime(machine({}, [JAR]))).to.deep.equal({ kind: 'found', path });
  });

  it('is the one that the variable of firebase-tools names', () => {
    const env = { STORAGE_EMULATOR_BINARY_PATH: '/opt/rules.jar' };

    expect(findRulesRuntime(machine(env, [JAR, 'rules.jar']))).to.deep.equal({
      kind: 'found',
      path: '/opt/rules.jar',
    });
  });

  it('is missing with the place and the command that downloads it', () => {
    const nowhere = findRulesRuntime(machine({}, []));
    const named = findRulesRuntime(machine({ STORAGE_EMULATOR_BINARY_PATH: '/opt/rules.jar' }, [JAR]));

    expect(nowhere).to.have.property('message').that.includes('/home/ann/.cache/firebase/emulators');
    expect(nowhere)
      .to.have.property('message')
      .that.includes('Type: npx firebase-tools@14 setup:emulators:storage');
    expect(named)
      .to.have.property('message')
      .that.includes('/opt/rules.jar, which STORAGE_EMULATOR_BINARY_PATH names');
  });
});

describe('the files that name the emulators to firebase-tools', () => {
  const directory = temporaryDirectory();

  it('pass on the arguments of the Pub/Sub emulator, whatever its path is made of', async () => {
    const script = join(directory, "it's a $HOME.sh");
    writeFileSync(script, '#!/bin/sh\necho "$JAVA:$*"\n', { mode: 0o755 });
    const launcher = join(directory, 'launcher');

    writeFileSync(launcher, launchScript({ kind: 'script', java: "/j'dk/java", script }), { mode: 0o755 });

    const { stdout } = await promisify(execFile)(launcher, ['--port=1', '--host=a b']);
    expect(stdout).to.equal("/j'dk/java:--port=1 --host=a b\n");
  });

  it('cannot be made if the jar of the Firestore emulator is unknown', async () => {
    const script = { kind: 'script', java: 'java', script: '/bin/f' } as const;

    const fault = await rejection(
      writeEmulatorFiles({ kind: 'found', firestore: script, pubsub: script }, directory),
    );

    expect(fault).to.be.instanceOf(UnavailableError);
    expect(fault).to.have.property('message').that.includes('/bin/f');
  });
});

describe('the version of firebase-tools', () => {
  const withJava = (version: string) => ({
    ...ownSurroundings({}),
    run: async () => ({ ok: true, output: `openjdk version "${version}"` }) as const,
  });

  it('does not exist for a Java that is too old: one line says what to install', async () => {
    const fault = await rejection(findPrograms(() => undefined, withJava('11.0.20')));

    expect(fault).to.be.instanceOf(UnavailableError);
    expect(fault)
      .to.have.property('message')
      .that.matches(/^Expected Java 17 or newer but found Java 11 \(java\)\. Install it: .*$/);
  });

  it('is the last one that accepts the Java that was found', () => {
    expect([17, 20, 21, 25].map(firebaseToolsFor)).to.deep.equal([
      'firebase-tools@14',
      'firebase-tools@14',
      'firebase-tools@15',
      'firebase-tools@15',
    ]);
  });
});
