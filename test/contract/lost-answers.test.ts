/** Writes that Firestore commits and answers with UNAVAILABLE: the client repeats them, and their condition then fails. */
import type { Firestore } from '@google-cloud/firestore';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { classify } from '@hangtag/functions/classify/handler.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { compareAndSet } from '@hangtag/functions/records/compare-and-set.js';
import { FirestoreAlertStore } from '@hangtag/shared/adapters/firestore/alert-store.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import type { AlertState } from '@hangtag/shared/domain/alerts/alert-state.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { onAttempt } from '@hangtag/shared/domain/transitions.js';
import { expect } from 'chai';
import { keyOf, NAME } from '../fixtures/records.js';
import { type LossyRelay, startLossyRelay } from '../support/lossy-relay.js';
import { emulator, freshProject } from '../support/shared-emulators.js';
import { Stage } from '../support/stage.js';

describe('A write whose answer is lost', () => {
  let relay: LossyRelay;
  let firestore: Firestore;
  let records: FirestoreRecordStore;
  let stage: Stage;

  before(async function () {
    relay = await startLossyRelay((await emulator('firestore', this)).host);
  });
  beforeEach(() => {
    firestore = ownerClient({ host: relay.host, projectId: freshProject('lost') });
    records = new FirestoreRecordStore(firestore);
    stage = new Stage();
  });
  afterEach(() => firestore?.terminate());
  after(() => relay?.close());

  const upload = async () => {
    const object = await stage.upload();
    await ingest({ kind: 'finalized', object }, { ...stage.ingestPorts, records });
    return stage.lastMessage();
  };

  it('is recognised by `classify`: the labels are announced once', async () => {
    const message = await upload();
    const before = relay.lost;
    relay.loseAnswers(1);

    const outcome = await classify(
      { message, publishedAt: stage.clock.now() },
      { ...stage.classifyPorts, records },
    );

    expect(relay.lost - before, 'lost answers').to.equal(1);
    expect(outcome).to.include({ outcome: 'done', category: 'Handbags' });
    expect(stage.announced()).to.have.length(1);
    expect(stage.announced()[0]).to.include({ status: 'done', name: NAME });
  });

  it('is recognised by `ingest`: the message contains the version of the created record', async () => {
    relay.loseAnswers(1);

    const { created } = await upload();

    expect(created?.version).to.equal((await records.get(keyOf(NAME)))?.version);
    expect(stage.published).to.have.length(1);
  });

  it('counts a late delivery once', async () => {
    const { generation } = await upload();
    const known = await records.get(keyOf(NAME));
    relay.loseAnswers(1);

    await compareAndSet({ records, key: keyOf(NAME) }, known, (current) => onAttempt(current, generation));

    expect((await records.get(keyOf(NAME)))?.record.attempts).to.equal(1);
  });

  it('claims an alert, which is then sent', async () => {
    const store = new FirestoreAlertStore(firestore);
    const claim: AlertState = {
      condition: 'drift',
      phase: 'quiet',
      since: 1,
      announcedAt: null,
      claimedUntil: 2,
      severity: 'warning',
      text: '',
      values: {},
    };
    relay.loseAnswers(1);
    const created = await store.put(DEFAULT_TENANT, claim, undefined);
    relay.loseAnswers(1);
    const updated = await store.put(DEFAULT_TENANT, { ...claim, claimedUntil: 3 }, created);

    expect(await store.get(DEFAULT_TENANT, 'drift')).to.deep.equal({
      state: { ...claim, claimedUntil: 3 },
      version: updated,
    });
    expect(await store.put(DEFAULT_TENANT, claim, created), 'the claim of another').to.equal(undefined);
  });

  it('is distinguished from an earlier write of another worker', async () => {
    const { generation } = await upload();
    const known = await records.get(keyOf(NAME));
    const count = () =>
      compareAndSet({ records, key: keyOf(NAME) }, known, (current) => onAttempt(current, generation));

    await Promise.all([count(), count()]);

    expect((await records.get(keyOf(NAME)))?.record.attempts).to.equal(2);
  });
});
