import { Outbox } from '@hangtag/web/outbox.js';
import { expect } from 'chai';

const answer = { id: 'a', generation: '1', category: 'Tops' };
const reviewer = { tenant: 'default', uid: 'anna' };

describe('the answers that were not sent', () => {
  let content: Map<string, string>;
  let outbox: Outbox;
  beforeEach(() => {
    content = new Map();
    outbox = new Outbox(reviewer, storage());
  });

  const storage = () => ({
    getItem: (key: string) => content.get(key) ?? null,
    setItem: (key: string, value: string) => void content.set(key, value),
  });

  it('wait for the next page of the same user, until Firestore has them', async () => {
    let confirm = () => {};
    const sent = outbox.send(
      answer,
      () =>
        new Promise((resolve) => {
          confirm = resolve;
        }),
    );
    expect(new Outbox(reviewer, storage()).waiting).to.deep.equal([answer]);
    expect(new Outbox({ ...reviewer, uid: 'ben' }, storage()).waiting).to.deep.equal([]);

    confirm();
    await sent;

    expect(outbox.waiting).to.deep.equal([]);
  });

  it('do not wait any more if they are refused', async () => {
    const refused = outbox.send(answer, async () => {
      throw new Error('permission-denied');
    });

    expect(await refused.catch((error: Error) => error.message)).to.equal('permission-denied');
    expect(outbox.waiting).to.deep.equal([]);
  });

  it('still wait if Firestore cannot be reached', async () => {
    const away = outbox.send(answer, async () => {
      throw Object.assign(new Error('offline'), { code: 'unavailable' });
    });

    expect(await away.catch((error: Error) => error.message)).to.equal('offline');
    expect(outbox.waiting).to.deep.equal([answer]);
  });

  it('do not include what is no answer, which hinders no other answer', async () => {
    const sent: string[] = [];
    content.set('hangtag/outbox/default/anna', JSON.stringify([null, { id: 'b' }, answer]));
    expect(outbox.waiting).to.deep.equal([answer]);

    await outbox.send({ ...answer, id: 'c' }, async ({ id }) => void sent.push(id));

    expect(sent).to.deep.equal(['c']);
    expect(outbox.waiting).to.deep.equal([answer]);
  });

  it('are none if the storage holds something else', () => {
    content.set('hangtag/outbox/default/anna', '{');

    expect(outbox.waiting).to.deep.equal([]);
  });
});
