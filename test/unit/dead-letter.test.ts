import { classify } from '@hangtag/functions/classify/handler.js';
import { deadLetter } from '@hangtag/functions/dead-letter/handler.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { expect } from 'chai';
import { keyOf, NAME } from '../fixtures/records.js';
import { Stage } from '../support/stage.js';

describe('deadLetter', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = new Stage();
    await ingest({ kind: 'finalized', object: await stage.upload() }, stage.ingestPorts);
  });

  const command = () => ({ message: stage.lastMessage(), publishedAt: stage.clock.now() });

  it('parks the image of a message that was delivered too often', async () => {
    const { tenant, created, ...trace } = stage.lastMessage();
    expect(await deadLetter(command(), stage)).to.deep.equal({ outcome: 'parked', ...trace });
    expect(await stage.record()).to.include({ status: 'failed', reason: 'parked', present: true });
  });

  it('changes nothing if the image is labelled', async () => {
    await classify(command(), stage.classifyPorts);

    const outcome = await deadLetter(command(), stage);

    expect(outcome).to.include({ outcome: 'void', because: 'already-settled' });
    expect(await stage.record()).to.include({ status: 'done', category: 'Handbags' });
  });

  it('changes nothing if the record is of a newer generation', async () => {
    const old = command();
    await ingest({ kind: 'finalized', object: await stage.upload() }, stage.ingestPorts);

    expect(await deadLetter(old, stage)).to.include({ outcome: 'void', because: 'older-generation' });
    expect(await stage.record()).to.include({ status: 'queued' });
  });

  it('changes nothing if the record was erased', async () => {
    const message = { ...stage.lastMessage(), ...keyOf(`erased-${NAME}`) };
    expect(await deadLetter({ ...command(), message }, stage)).to.include({ because: 'erased' });
  });
});
