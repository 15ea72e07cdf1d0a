/** What this installation encrypts for one person and one purpose. */
import { sealWith } from '@hangtag/wardrobe/calendar/sealed-token.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';

const KEY = Buffer.alloc(32, 1).toString('base64url');
const ANA = { tenant: 'acme', uid: 'ana' };
const BEGIN = Date.UTC(2026, 10, 30);

describe('A sealed text', () => {
  const seal = (now = BEGIN, key = KEY) => sealWith(key, () => now);
  const closed = (seconds?: number) => seal().close({ token: 'secret' }, 'consent', ANA, seconds);

  it('is opened for its person and its purpose, and says nothing before', async () => {
    const text = await closed();

    expect(await seal().open(text, 'consent', ANA)).to.include({ token: 'secret' });
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.to.include('secret');
  });

  it('is refused for another person, tenant or purpose, and with another key', async () => {
    const text = await closed();

    const refusals = await Promise.all(
      [
        seal().open(text, 'consent', { ...ANA, uid: 'ben' }),
        seal().open(text, 'consent', { ...ANA, tenant: 'other' }),
        seal().open(text, 'refresh-token', ANA),
        seal(BEGIN, Buffer.alloc(32, 2).toString('base64url')).open(text, 'consent', ANA),
      ].map(rejection),
    );

    for (const error of refusals) expect(error).to.include({ kind: 'input' });
  });

  it('is refused after its time', async () => {
    const text = await closed(60);

    expect(await seal(BEGIN + 59_000).open(text, 'consent', ANA)).to.include({ token: 'secret' });
    expect(await rejection(seal(BEGIN + 60_000).open(text, 'consent', ANA))).to.include({ kind: 'input' });
  });
});
