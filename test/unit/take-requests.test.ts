/** The API under functions-framework, whose server would read bodies before the function. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { declare } from '@hangtag/functions/platform/declare.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { PARAMETERS, SECRETS } from '@hangtag/functions/platform/parameters.js';
import { isServedByFramework } from '@hangtag/functions/platform/take-requests.js';
import { expect } from 'chai';
import { BUCKET } from '../fixtures/records.js';
import { withEnvironment } from '../support/environment.js';
import { memoryApp } from '../support/memory-app.js';
import { ManualClock, ScriptedClassifier } from '../support/stage.js';

const UNDER_FRAMEWORK = {
  FUNCTION_TARGET: 'api',
  FUNCTION_SIGNATURE_TYPE: 'http',
  FUNCTIONS_EMULATOR: undefined,
};

describe('The API under functions-framework', () => {
  /** The answer to a request that sends `body`, and nothing else of what its headers announce. */
  const answerTo = (body: string, headers: Readonly<Record<string, string | number>>) =>
    withEnvironment({ ...UNDER_FRAMEWORK, FUNCTION_SIGNATURE_TYPE: undefined }, async () => {
      const env = { HANGTAG_BUCKET: BUCKET, HANGTAG_API_ACCESS: 'public' };
      const { app } = memoryApp({ clock: new ManualClock(), classifier: new ScriptedClassifier(), env });
      const [entry] = FUNCTIONS.filter(({ name }) => name === 'api');
      if (entry === undefined) throw new Error('Expected the function api');
      http('api', declare(entry, { app: () => app, parameters: PARAMETERS, secrets: SECRETS }) as never);
      // As the container does: after the declarations.
      process.env['FUNCTION_SIGNATURE_TYPE'] = 'http';
      const server = getTestServer('api').listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const sent = request({ port, path: '/predict', method: 'POST', headers, timeout: 30_000 });
      sent.on('timeout', () => sent.destroy(new Error('Expected an answer within 30 s')));
      try {
        sent.write(body);
        const [answer]: [IncomingMessage] = (await once(sent, 'response')) as [IncomingMessage];
        return { status: answer.statusCode, ...JSON.parse(await text(answer)) };
      } finally {
        sent.destroy();
        server.closeAllConnections();
        server.close();
      }
    });

  it('answers JSON that is cut off with an error in JSON, and not with HTML', async () => {
    const cutOff = '{"image": "';

    const answer = await answerTo(cutOff, {
      'content-type': 'application/json',
      'content-length': cutOff.length,
    });

    expect(answer).to.include({ status: 400, code: 'invalid-request' });
    expect(answer.requestId).to.be.a('string');
  });

  it('refuses a body that is too large before it has arrived', async () => {
    const answer = await answerTo('x', { 'content-type': 'image/jpeg', 'content-length': 1e9 });

    expect(answer).to.include({ status: 413, code: 'too-large' });
  });

  it('is recognised by the variables of the framework, which the Firebase emulators set too', () => {
    expect(isServedByFramework('api', UNDER_FRAMEWORK)).to.equal(true);
    expect(isServedByFramework('api', { ...UNDER_FRAMEWORK, FUNCTION_TARGET: 'hangtag.api' })).to.equal(true);
    expect(isServedByFramework('classify', UNDER_FRAMEWORK)).to.equal(false);
    expect(isServedByFramework('api', { ...UNDER_FRAMEWORK, FUNCTIONS_EMULATOR: 'true' })).to.equal(false);
    expect(isServedByFramework('api', { FUNCTION_TARGET: 'api' })).to.equal(false);
  });
});
