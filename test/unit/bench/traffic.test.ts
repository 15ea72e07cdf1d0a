import { protos } from '@google-cloud/pubsub';
import { fieldSizes } from '@hangtag/bench/measure/message-fields.js';
import { count, noTraffic } from '@hangtag/bench/measure/traffic.js';
import { grpcMessages } from '@hangtag/emulators/proxy/grpc-messages.js';
import { expect } from 'chai';

const { PublishRequest } = protos.google.pubsub.v1;
const request = Buffer.from(
  PublishRequest.encode({
    topic: 'projects/p/topics/t',
    messages: [{ data: Buffer.from('one') }, { data: Buffer.from('two'), attributes: { a: 'b' } }],
  }).finish(),
);

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

describe('Messages on the wire', () => {
  for (const size of [1, 7, 1_000]) {
    it(`are complete when read in pieces of ${size} bytes`, () => {
      const heard: Buffer[] = [];
      const take = grpcMessages((message) => heard.push(Buffer.from(message)));
      const stream = Buffer.concat([framed(request), framed(Buffer.alloc(0)), framed(request)]);

      for (let at = 0; at < stream.length; at += size) take(stream.subarray(at, at + size));

      expect(heard).to.deep.equal([request, Buffer.alloc(0), request]);
    });
  }

  it('give the sizes of repeated fields', () => {
    expect(fieldSizes(request, 2)).to.have.lengthOf(2);
    expect(fieldSizes(request, 1)).to.deep.equal(['projects/p/topics/t'.length + 1]);
    expect(fieldSizes(request, 9)).to.deep.equal([]);
  });

  it('are counted as they are billed', () => {
    const traffic = noTraffic();
    const publish = '/google.pubsub.v1.Publisher/Publish';

    count(traffic, { path: publish, direction: 'request', message: request });
    count(traffic, { path: publish, direction: 'response', message: Buffer.alloc(0) });
    // Two writes below the name of a database, and a found document: the same field numbers.
    count(traffic, { path: '/google.firestore.v1.Firestore/Commit', direction: 'request', message: request });
    count(traffic, {
      path: '/google.firestore.v1.Firestore/BatchGetDocuments',
      direction: 'response',
      message: request.subarray(0, 21),
    });

    expect(traffic).to.include({ messages: 2, writes: 2, reads: 1, others: 0 });
  });

  it('are counted separately if they are unexpected', () => {
    const traffic = noTraffic();

    count(traffic, {
      path: '/google.firestore.v1.Firestore/Rollback',
      direction: 'request',
      message: request,
    });

    expect(traffic).to.deep.equal({ ...noTraffic(), others: 1 });
  });
});
