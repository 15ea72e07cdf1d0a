import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { createTopology } from '@hangtag/emulators/bridge/create-topology.js';
import { type FirestoreEmulator, startFirestoreEmulator } from '@hangtag/emulators/google/firestore.js';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { startPubsubEmulator } from '@hangtag/emulators/google/pubsub.js';
import { hiddenAddress, hostOf } from '@hangtag/emulators/processes/ports.js';
import { type ProcessChange, ProcessNotReady } from '@hangtag/emulators/processes/supervisor.js';
import { expect } from 'chai';
import { describeWithEmulators } from '../support/google-emulators.js';
import { pidOf } from '../support/present.js';
import { livingInGroup } from '../support/process-state.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const RULES = `rules_version = '2';
service cloud.firestore { match /databases/{database}/documents { match /{any=**} { allow read: if false; } } }`;
const PROJECT = 'demo-emulators';

await describeWithEmulators("Google's Firestore emulator under supervision", (emulators) => {
  const directory = temporaryDirectory();
  const rulesFile = join(directory, 'firestore.rules');
  const changes: ProcessChange[] = [];
  let emulator: FirestoreEmulator;
  let firestore: Firestore;

  async function start(): Promise<void> {
    const address = await hiddenAddress();
    emulator = await startFirestoreEmulator({
      program: emulators.firestore,
      address,
      dataDirectory: directory,
      projectId: PROJECT,
      rulesFile,
      onChange: (change) => changes.push(change),
    });
    firestore = ownerClient({ projectId: PROJECT, host: hostOf(address) });
  }

  before(async () => {
    writeFileSync(rulesFile, RULES);
    await start();
  });
  after(async () => {
    await firestore.terminate();
    await emulator.process.stop();
  });

  const document = (name: string) => firestore.doc(`things/${name}`);
  const exists = async (name: string) => (await document(name).get()).exists;

  it('restarts after a crash with the saved documents', async () => {
    await document('saved').set({ kept: true });
    await emulator.save();
    await document('unsaved').set({ kept: false });
    const first = emulator.process.pid;

    emulator.process.crash();
    await until('a restart', () => emulator.process.restarts === 1);

    expect(emulator.process.pid).to.not.equal(first);
    expect(await exists('saved')).to.equal(true);
    expect(await exists('unsaved')).to.equal(false);
    expect(changes.map(({ kind }) => kind)).to.deep.equal(['ready', 'exited', 'ready']);
  });

  it('says once that it cannot save its documents, and saves them when it can', async () => {
    const dataDirectory = join(directory, 'unsaved');
    const saved = join(dataDirectory, 'firestore');
    mkdirSync(dataDirectory);
    writeFileSync(saved, 'a file in the place of the folder');
    const reasons: string[] = [];
    const { process } = await startFirestoreEmulator({
      ...{ program: emulators.firestore, address: await hiddenAddress(), dataDirectory, rulesFile },
      projectId: PROJECT,
      saveEveryMs: 20,
      onUnsaved: (reason) => reasons.push(reason),
    });
    try {
      await until('a save that fails', () => reasons.length > 0);
      rmSync(saved);
      await until('a save', () => existsSync(join(saved, 'latest')));
    } finally {
      await process.stop();
    }

    expect(reasons).to.deep.equal(['a file in the place of a folder']);
  });

  it('keeps its documents over a stop, and leaves no process', async () => {
    await document('before-stop').set({ kept: true });
    const group = pidOf(emulator.process);
    expect(livingInGroup(group)).to.not.be.empty;

    await firestore.terminate();
    await emulator.process.stop();
    expect(livingInGroup(group)).to.be.empty;
    await start();

    expect(await exists('before-stop')).to.equal(true);
    expect(await exists('saved')).to.equal(true);
  });
});

await describeWithEmulators("Google's Pub/Sub emulator under supervision", (emulators) => {
  const directory = temporaryDirectory();

  it('answers REST at a hidden address, is prepared again after a crash, and reports that its port is taken', async () => {
    const address = await hiddenAddress();
    const prepared: string[] = [];
    const options = {
      program: emulators.pubsub,
      address,
      dataDirectory: directory,
      prepare: async (host: string) => {
        prepared.push(host);
        await createTopology({ host, projectId: PROJECT }, { topics: ['uploads'], subscriptions: [] });
      },
    };
    const emulator = await startPubsubEmulator(options);

    const second = await startPubsubEmulator(options).catch((reason: unknown) => reason);
    emulator.crash();
    await until('a restart', () => emulator.restarts === 1);
    await emulator.stop();

    expect(prepared).to.deep.equal([hostOf(address), hostOf(address)]);
    expect(second).to.be.instanceOf(ProcessNotReady);
  });
});

await describeWithEmulators('The archive of the classes of an emulator', ({ pubsub }) => {
  const directory = temporaryDirectory();
  const archives = join(directory, 'archives');
  const recorded = join(directory, 'pubsub.jsa');

  /** @returns the archives that the JVM has in its memory */
  async function run(how: 'stop' | 'crash'): Promise<readonly string[]> {
    const emulator = await startPubsubEmulator({
      program: pubsub,
      address: await hiddenAddress(),
      dataDirectory: directory,
      archives,
      prepare: async () => undefined,
    });
    const maps = readFileSync(`/proc/${pidOf(emulator)}/maps`, 'utf8');
    if (how === 'crash') {
      writeFileSync(recorded, 'a part');
      emulator.crash();
    }
    await emulator.stop();
    return [...new Set(maps.match(/\S+archives\S+/g))];
  }

  const kept = () => (existsSync(archives) ? readdirSync(archives).map((name) => join(archives, name)) : []);

  it('is not made by a run that was killed', async () => {
    await run('crash');

    expect(kept()).to.deep.equal([]);
  });

  it('is made by the first run that is stopped, and read by the next', async () => {
    const first = await run('stop');
    const made = kept();
    const second = await run('stop');

    expect(first).to.deep.equal([]);
    expect(made).to.have.length(1);
    expect(second).to.deep.equal(made);
    expect(kept()).to.deep.equal(made);
    expect(existsSync(recorded)).to.equal(false);
  }).timeout(90_000);

  it('does not prevent a start if it is damaged', async () => {
    const [archive = ''] = kept();
    chmodSync(archive, 0o600);
    writeFileSync(archive, 'damaged');

    expect(await run('stop')).to.deep.equal([]);
  });
});
