import { bypassProxyOnLoopback } from '@hangtag/emulators/proxy-variables.js';
import { expect } from 'chai';

describe('Hosts without a proxy', () => {
  it('include loopback, in both spellings of the variable, beside those that the user named', () => {
    const env: NodeJS.ProcessEnv = { NO_PROXY: 'localhost, intranet', no_proxy: 'other' };

    bypassProxyOnLoopback(env);

    expect(env['NO_PROXY']?.split(',')).to.deep.equal([
      'localhost',
      'intranet',
      'other',
      '127.0.0.1',
      '127.0.0.0/8',
      '::1',
    ]);
    expect(env['no_proxy']).to.equal(env['NO_PROXY']);
  });
});
