import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { emailNotifier } from '@hangtag/shared/adapters/notify/email.js';
import { slackNotifier } from '@hangtag/shared/adapters/notify/slack.js';
import { webhookNotifier } from '@hangtag/shared/adapters/notify/webhook.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { createLog } from '@hangtag/shared/log.js';
import type { Alert, Notifier } from '@hangtag/shared/ports/notifier.js';
import { expect } from 'chai';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { rejection } from '../support/rejection.js';

const ALERT: Alert = {
  id: 'default/many-failures/1767323045000',
  tenant: 'default' as Alert['tenant'],
  condition: 'many-failures',
  phase: 'firing',
  severity: 'critical',
  text: '12 of 100 failed <!channel> & more.',
  since: '2026-01-02T03:04:05.000Z',
};
const BACKOFF = { retries: 2, firstDelayMs: 1 };

interface Received {
  /** Milliseconds. */
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers with these statuses, one after the other, and records the requests. */
class Receiver {
  readonly received: Received[] = [];
  readonly #server: Server;

  constructor(statuses: readonly number[], headers: Readonly<Record<string, string>> = {}) {
    this.#server = createServer(async (request, response) => {
      const status = statuses[this.received.length] ?? 200;
      this.received.push({ at: performance.now(), headers: request.headers, body: await text(request) });
      response.writeHead(status, status === 200 ? {} : headers).end();
    });
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const NOTHING: Received = { at: 0, headers: {}, body: '' };

const SECRET = `whsec_${Buffer.from('a secret of twenty-four.').toString('base64')}`;
const CHANNELS: Readonly<Record<string, (url: string) => Notifier>> = {
  slack: (url) => slackNotifier(url, BACKOFF),
  webhook: (url) =>
    webhookNotifier({ url, secret: SECRET, clock: { now: () => Date.now() }, backoff: BACKOFF }),
};

/** The address with credentials, and with a token in its path and in its query. */
function withSecrets(url: string): string {
  return `${url.replace('http://', 'http://user:s3cret%2F@')}/token?key=token`;
}

/** The log form of an error, with its causes. */
function logLine(err: unknown): string {
  let line = '';
  createLog({ write: (text) => (line += text) }).error({ err });
  return line;
}

for (const [channel, open] of Object.entries(CHANNELS)) {
  describe(`The ${channel} channel`, () => {
    let receiver: Receiver;

    afterEach(() => receiver.close());

    const notify = async (statuses: readonly number[], headers: Readonly<Record<string, string>> = {}) => {
      receiver = new Receiver(statuses, headers);
      const notifier = open(await receiver.open());
      return notifier.notify(ALERT);
    };

    it('delivers an alert as JSON', async () => {
      await notify([200]);
      const [{ headers, body } = NOTHING] = receiver.received;
      expect(headers['content-type']).to.equal('application/json');
      expect(JSON.stringify(JSON.parse(body))).to.include('12 of 100 failed');
    });

    it('tries again if the receiver is busy or has an error', async () => {
      await notify([503, 429, 200]);
      expect(receiver.received).to.have.length(3);
      await receiver.close();
      await notify([500, 408, 200]);
      expect(receiver.received).to.have.length(3);
    });

    it('goes by its own name', async () => {
      receiver = new Receiver([]);
      expect(open(await receiver.open()).channel).to.equal(channel);
    });

    it('gives up after its retries', async () => {
      expect(await rejection(notify([500, 500, 500, 200]))).to.be.instanceOf(TransientError);
      expect(receiver.received).to.have.length(3);
    });

    it('does not try again if another attempt cannot succeed', async () => {
      const error = await rejection(notify([404, 200]));
      expect(error).to.be.instanceOf(TransientError).with.property('message').that.includes('received 404');
      expect(receiver.received).to.have.length(1);
    });

    it('follows no redirect', async () => {
      const error = await rejection(notify([302, 200], { location: '/elsewhere' }));
      expect(error).to.be.instanceOf(TransientError).with.property('message').that.includes('received 302');
      expect(receiver.received).to.have.length(1);
    });

    it('waits for as long as a busy server asks', async () => {
      await notify([429, 200], { 'retry-after': '1' });
      const [first = NOTHING, second = NOTHING] = receiver.received;
      expect(second.at - first.at).to.be.at.least(1000);
    });

    it('waits until the date that a busy server names', async () => {
      const inTwoSeconds = new Date(Date.now() + 2000).toUTCString();
      await notify([503, 200], { 'retry-after': inTwoSeconds });
      const [first = NOTHING, second = NOTHING] = receiver.received;
      // Such a date is in whole seconds.
      expect(second.at - first.at).to.be.at.least(900);
    });

    it('does not try again if a server asks for a longer wait than the channel has', async () => {
      const error = await rejection(notify([429, 200], { 'retry-after': '46' }));
      expect(error).to.be.instanceOf(TransientError).with.property('message').that.includes('received 429');
      expect(receiver.received).to.have.length(1);
    });

    it('tries again by its own backoff if a server asks for no valid wait', async () => {
      await notify([429, 200], { 'retry-after': 'soon' });
      expect(receiver.received).to.have.length(2);
    });

    it('fails if nothing listens, and logs neither path nor credentials', async () => {
      receiver = new Receiver([]);
      const url = withSecrets(await receiver.open());
      await receiver.close();

      const error = await rejection(open(url).notify(ALERT));

      expect(error).to.be.instanceOf(TransientError).with.property('message').that.includes('ECONNREFUSED');
      expect(logLine(error)).not.to.match(/s3cret|token/);
    });

    it('sends credentials of the address as Basic authentication, and logs none if it is refused', async () => {
      receiver = new Receiver([404]);
      const url = withSecrets(await receiver.open());

      const error = await rejection(open(url).notify(ALERT));

      const basic = Buffer.from('user:s3cret/').toString('base64');
      expect(receiver.received[0]?.headers.authorization).to.equal(`Basic ${basic}`);
      expect(logLine(error))
        .to.include('received 404')
        .and.not.match(/s3cret|token/);
    });
  });
}

describe('A Slack message', () => {
  const lineOf = async (changes: Partial<Alert>) => {
    const receiver = new Receiver([]);
    await slackNotifier(await receiver.open(), BACKOFF).notify({ ...ALERT, text: 'It moved.', ...changes });
    await receiver.close();
    return JSON.parse(receiver.received[0]?.body ?? '{}');
  };

  it('is one line with the condition and its severity, without previews of links', async () => {
    expect(await lineOf({})).to.deep.equal({
      text: ':rotating_light: *many-failures* (default)\nIt moved.',
      unfurl_links: false,
    });
    expect((await lineOf({ severity: 'warning' })).text).to.match(/^:warning: /);
    expect((await lineOf({ severity: 'info' })).text).to.match(/^:information_source: /);
  });

  it('has another message for a resolved alert', async () => {
    expect((await lineOf({ phase: 'resolved' })).text).to.equal(
      ':white_check_mark: *Resolved: many-failures* (default)\nIt moved.',
    );
  });

  it('escapes text that would notify all members of the channel', async () => {
    const receiver = new Receiver([]);
    await slackNotifier(await receiver.open(), BACKOFF).notify(ALERT);
    await receiver.close();
    const { text: line } = JSON.parse(receiver.received[0]?.body ?? '{}');
    expect(line).to.include('&lt;!channel&gt; &amp; more').and.not.include('<');
  });
});

describe('A signed webhook', () => {
  let received: Received;

  beforeEach(async () => {
    const receiver = new Receiver([]);
    await CHANNELS['webhook']?.(await receiver.open()).notify(ALERT);
    await receiver.close();
    received = receiver.received[0] ?? NOTHING;
  });

  const headers = (): Record<string, string> =>
    Object.fromEntries(Object.entries(received.headers).map(([name, value]) => [name, String(value)]));

  it('is verified by the Standard Webhooks library', () => {
    expect(new Webhook(SECRET).verify(received.body, headers())).to.deep.equal(ALERT);
  });

  it('has a different id for each phase of an incident, and the second at which it is sent', () => {
    expect(headers()['webhook-id']).to.equal('default/many-failures/1767323045000/firing');
    const secondsAgo = Date.now() / 1000 - Number(headers()['webhook-timestamp']);
    expect(secondsAgo).to.be.within(0, 60);
  });

  it('is refused with another body, another secret, or another time', () => {
    const other = `whsec_${Buffer.from('another secret of 24 bytes').toString('base64')}`;
    const old = { ...headers(), 'webhook-timestamp': '1700000000' };
    expect(() => new Webhook(SECRET).verify(received.body.replace('12', '13'), headers())).to.throw();
    expect(() => new Webhook(other).verify(received.body, headers())).to.throw();
    expect(() => new Webhook(SECRET).verify(received.body, old)).to.throw();
  });
});

describe('The e-mail channel', () => {
  let server: SMTPServer;
  let mails: string[];
  let logins: number;
  let refusals: number;
  let url: string;

  beforeEach(async () => {
    mails = [];
    refusals = 0;
    logins = 0;
    server = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      // As if a proxy had removed it.
      disabledCommands: ['STARTTLS'],
      onAuth: (_credentials, _session, done) => {
        logins += 1;
        done(null, { user: 'anybody' });
      },
      onData: (stream, _session, done) => {
        text(stream).then((mail) => {
          if (refusals > 0) {
            refusals -= 1;
            done(Object.assign(new Error('busy'), { responseCode: 451 }));
            return;
          }
          mails.push(mail);
          done();
        }, done);
      },
    });
    const listener = server.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    url = `smtp://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  });

  afterEach(() => new Promise<void>((resolve) => server.close(resolve)));

  const open = (smtpUrl = url) =>
    emailNotifier({
      smtpUrl,
      from: 'hangtag@example.com',
      to: ['a@example.com', 'b@example.com'],
      backoff: BACKOFF,
    });

  it('delivers an alert to everybody', async () => {
    await open().notify(ALERT);

    expect(mails).to.have.length(1);
    expect(mails[0]).to.include('Subject: [Hangtag critical] many-failures (default)');
    expect(mails[0]).to.include('To: a@example.com, b@example.com');
    expect(mails[0]).to.include('12 of 100 failed');
  });

  it('contains the start of the incident, and has the same thread as its other mails', async () => {
    await open().notify(ALERT);

    expect(mails[0]).to.include('Since 2026-01-02T03:04:05.000Z.');
    expect(mails[0]).to.match(/default\/many-failures\/1767323045000\.\s/);
    expect(mails[0]).to.include('References: <default%2Fmany-failures%2F1767323045000@hangtag>');
    expect(mails[0]).to.include('Auto-Submitted: auto-generated');
    expect(open().channel).to.equal('email');
  });

  it('has a subject for a resolved alert', async () => {
    await open().notify({ ...ALERT, phase: 'resolved' });
    expect(mails[0]).to.include('[Hangtag resolved]');
  });

  it('tries again if the server is busy', async () => {
    refusals = 2;
    await open().notify(ALERT);
    expect(mails).to.have.length(1);
  });

  it('gives up after its retries', async () => {
    refusals = 3;
    expect(await rejection(open().notify(ALERT))).to.be.instanceOf(TransientError);
    expect(mails).to.have.length(0);
  });

  for (const query of ['', '?ignoreTLS=true', '?requireTLS=false']) {
    it(`sends no credentials to a server that offers no TLS, with the query "${query}"`, async () => {
      const smtpUrl = `${url.replace('smtp://', 'smtp://user:s3cret@')}/${query}`;

      const error = await rejection(open(smtpUrl).notify(ALERT));

      expect(error).to.be.instanceOf(TransientError);
      expect(logLine(error)).not.to.include('s3cret');
      expect({ logins, mails: mails.length }).to.deep.equal({ logins: 0, mails: 0 });
    });
  }

  it('sends no unencrypted message to another machine unless the address asks for it', async () => {
    const elsewhere = url.replace('127.0.0.1', '0.0.0.0');
    expect(await rejection(open(elsewhere).notify(ALERT))).to.be.instanceOf(TransientError);
    expect(mails).to.have.length(0);

    await open(`${elsewhere}/?ignoreTLS=true`).notify(ALERT);

    expect(mails).to.have.length(1);
  });

  it('sends credentials and message by STARTTLS if the server offers it', async () => {
    const sessions: { readonly secure: boolean }[] = [];
    const offering = new SMTPServer({
      onAuth: (_credentials, { secure }, done) => {
        sessions.push({ secure });
        done(null, { user: 'anybody' });
      },
      onData: (stream, _session, done) => {
        text(stream).then(() => done(), done);
      },
    });
    const listener = offering.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;

    // The server's certificate is self-signed.
    await open(`smtp://user:s3cret@127.0.0.1:${port}/?tls.rejectUnauthorized=false`).notify(ALERT);

    await new Promise<void>((resolve) => offering.close(resolve));
    expect(sessions).to.deep.equal([{ secure: true }]);
  });
});
