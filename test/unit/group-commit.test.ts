/** When concurrent writes of records are sent; test/contract has what is sent. */
import { mock } from 'node:test';
import type { BulkWriter, Firestore } from '@google-cloud/firestore';
import { GroupCommit } from '@hangtag/shared/adapters/firestore/group-commit.js';
import { expect } from 'chai';

describe('A group of writes', () => {
  let now = 0;
  /** The number of writes in each group that was sent. */
  let sent: number[];
  let write: () => void;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
    mock.method(performance, 'now', () => now);
    sent = [];
    const commits = new GroupCommit({ bulkWriter: groupOf } as unknown as Firestore);
    write = () => void commits.write(async (group) => group.create({} as never, {}));
  });
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  function groupOf(): BulkWriter {
    let writes = 0;
    const group = {
      onWriteError: () => undefined,
      create: async () => {
        writes += 1;
      },
      close: async () => sent.push(writes),
    };
    return group as unknown as BulkWriter;
  }

  function pass(ms: number): void {
    now += ms;
    mock.timers.tick(ms);
  }

  it('does not wait for a second write where writes come one by one', () => {
    for (let image = 0; image < 3; image += 1) {
      write();
      pass(1);
      pass(24);
    }

    expect(sent).to.deep.equal([1, 1, 1]);
  });

  it('waits longer for more writes while several come at the same time', () => {
    write();
    write();
    pass(1);
    pass(24);
    write();
    pass(10);
    write();
    pass(20);

    expect(sent).to.deep.equal([2, 2]);
  });

  it('waits only briefly again after a group of one', () => {
    write();
    write();
    pass(1);
    pass(59);
    write();
    pass(1);
    pass(24);
    write();
    pass(1);

    expect(sent).to.deep.equal([2, 1, 1]);
  });
});
