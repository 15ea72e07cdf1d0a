import {
  hasRecords,
  type ReplayPorts,
  type ReplayRequest,
  replay,
} from '@hangtag/functions/replay/handler.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { onSettled } from '@hangtag/shared/domain/transitions.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { MODEL } from '../fixtures/records.js';
import { BUCKET, SweepWorld } from '../support/sweep-world.js';

const ALL: ReplayRequest = { bucket: BUCKET, prefix: '', mode: 'replay' };

describe('replay', () => {
  let world: SweepWorld;
  let ports: ReplayPorts;
  beforeEach(() => {
    world = new SweepWorld();
    ports = world.ports();
  });

  async function park(name: string): Promise<void> {
    await world.record(name);
    const entry = [...world.records.entries()].find(({ record }) => record.name === name);
    if (entry) await world.records.update(entry.key, { set: { attempts: 5 } }, entry.version);
    await world.fail(name);
    world.letTimePass(1);
  }

  const statusOf = (name: string) =>
    [...world.records.entries()].find(({ record }) => record.name === name)?.record;

  it('queues every parked image with no attempts, and sends its message', async () => {
    await park('a.jpg');
    await park('tenants/shop/b.jpg');

    const outcome = await replay(ALL, ports);

    expect(outcome).to.deep.equal({ parked: 2, replayed: 2, unchanged: 0, failures: [] });
    expect(world.sent.map(({ name }) => name)).to.have.members(['a.jpg', 'tenants/shop/b.jpg']);
    expect(statusOf('a.jpg')).to.include({ status: 'queued', reason: null, attempts: 0 });
  });

  it('changes neither labelled images nor those that failed for another reason', async () => {
    await world.label(await world.record('labelled.jpg'), MODEL);
    await world.record('cut.jpg');
    const cut = [...world.records.entries()].find(({ record }) => record.name === 'cut.jpg');
    if (cut === undefined) throw new Error('Expected a record');
    const rejection = onSettled(cut.record, cut.record.generation, { kind: 'rejected', code: 'truncated' });
    if (rejection.kind !== 'update') throw new Error(`Expected an update but received ${rejection.kind}`);
    await world.records.update(cut.key, rejection.change, cut.version);
    world.letTimePass(1);

    expect(await replay(ALL, ports)).to.include({ parked: 0, replayed: 0 });
    expect(world.sent).to.be.empty;
    expect(statusOf('cut.jpg')).to.include({ status: 'failed', reason: 'truncated' });
  });

  it('counts and changes nothing in a dry run', async () => {
    await park('a.jpg');

    const outcome = await replay({ ...ALL, mode: 'dry-run' }, ports);

    expect(outcome).to.include({ parked: 1, replayed: 0 });
    expect(world.sent).to.be.empty;
    expect(statusOf('a.jpg')).to.include({ status: 'failed', reason: 'parked' });
  });

  it('is limited to names with the prefix', async () => {
    await park('a/1.jpg');
    await park('b/1.jpg');

    expect(await replay({ ...ALL, prefix: 'b/' }, ports)).to.include({ parked: 1, replayed: 1 });
    expect(world.sent.map(({ name }) => name)).to.deep.equal(['b/1.jpg']);
  });

  it('stops between two images if it is aborted; a repetition does the rest', async () => {
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) await park(name);
    const ending = new AbortController();
    const publisher = new MemoryPublisher(() => ending.abort());

    const first = await replay(ALL, { ...ports, publisher, signal: ending.signal });
    const second = await replay(ALL, ports);

    expect(first.replayed).to.be.within(1, 2);
    expect(second.replayed).to.equal(3 - first.replayed);
  });

  it('knows whether a bucket or a folder of it has records, parked or not', async () => {
    await world.record('a/1.jpg');
    const known = (request: Partial<ReplayRequest>) => hasRecords({ ...ALL, ...request }, ports);

    expect([await known({}), await known({ prefix: 'a/' })]).to.deep.equal([true, true]);
    expect([await known({ prefix: 'b/' }), await known({ bucket: 'typo' })]).to.deep.equal([false, false]);
  });

  it('continues after a message that could not be sent, and names its image', async () => {
    await park('a.jpg');
    await park('b.jpg');
    const lost = new TransientError('the topic does not answer');
    const publisher = new MemoryPublisher((_topic, { data }) => {
      if ((data as { name: string }).name === 'a.jpg') throw lost;
    });

    const outcome = await replay(ALL, { ...ports, publisher });

    expect(outcome).to.deep.equal({
      parked: 2,
      replayed: 1,
      unchanged: 0,
      failures: [{ name: 'a.jpg', error: lost }],
    });
  });
});
