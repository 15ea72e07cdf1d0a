import { messageEvent } from '@hangtag/emulators/bridge/message-event.js';
import { expect } from 'chai';

const ADDRESS = { host: '127.0.0.1:1', projectId: 'p' };
const PLAN = {
  function: 'any',
  name: 's',
  topic: 't',
  ackDeadlineSeconds: 10,
  retry: { minSeconds: 1, maxSeconds: 2 },
};

describe('the event of a message', () => {
  it('has no attempt and no ordering key if Pub/Sub sends none', () => {
    const received = {
      ackId: 'a',
      deliveryAttempt: 0,
      message: {
        messageId: '1',
        data: Buffer.from([0, 255]),
        publishTime: { seconds: 1_790_000_000, nanos: 123_456_789 },
        orderingKey: '',
      },
    };

    const event = messageEvent(received, PLAN, ADDRESS);

    expect(event.time).to.equal('2026-09-21T14:13:20.123Z');
    expect(event.data).to.deep.equal({
      message: { data: 'AP8=', attributes: {}, messageId: '1', publishTime: event.time },
      subscription: 'projects/p/subscriptions/s',
    });
  });
});
