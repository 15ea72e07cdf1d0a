import { HangtagApiError, HangtagClient } from '@hangtag/client';
import { expect } from 'chai';

describe('An upload of the client', () => {
  it('ends with the error of a bucket that refuses every piece', async () => {
    let pieces = 0;
    const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
      const range = new Headers(init.headers).get('content-range');
      if (String(input).endsWith('/v1/uploads')) {
        const headers = {};
        const signed = { id: 'i', name: 'n', method: 'POST', url: 'http://bucket.example/start', headers };
        return Response.json(signed, { status: 201 });
      }
      if (range === null)
        return new Response(null, { headers: { location: 'http://bucket.example/session' } });
      // The bucket has nothing yet.
      if (range.startsWith('bytes */')) return new Response(null, { status: 308 });
      pieces += 1;
      return Response.json({ error: 'busy', code: 'unavailable' }, { status: 503 });
    };
    const client = new HangtagClient({ url: 'http://api.example', credentials: 'ht_x', fetch, retries: 0 });

    const error = await client
      .upload(new Blob(['picture'], { type: 'image/jpeg' }), { name: 'a.jpg' })
      .catch((reason: unknown) => reason);

    expect(error).to.be.instanceOf(HangtagApiError).and.include({ status: 503, code: 'unavailable' });
    expect(pieces).to.equal(6);
  });
});
