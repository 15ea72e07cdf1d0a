/** `hangtag({...})` of the npm package: functions by settings, without parameters that a deployment asks for. */
import { hangtag } from '@hangtag/functions/package/hangtag.js';
import { environmentOf, settingNames } from '@hangtag/functions/package/settings.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { CONFIG_KEYS, SECRET_KEYS } from '@hangtag/shared/config.js';
import { ConfigError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

interface Endpoint {
  readonly region?: readonly string[];
  readonly eventTrigger?: { readonly eventFilters?: object };
  readonly scheduleTrigger?: { readonly timeZone?: string };
  readonly secretEnvironmentVariables?: readonly { readonly key: string }[];
}

const endpointOf = (declaration: unknown) => (declaration as { readonly __endpoint: Endpoint }).__endpoint;

describe('The package @hangtag/functions', () => {
  it('declares every function of the table', () => {
    expect(Object.keys(hangtag())).to.deep.equal(FUNCTIONS.map(({ name }) => name));
  });

  it('declares settings as values', () => {
    const functions = hangtag({ bucket: 'my-shop', region: 'europe-west1', timeZone: 'Europe/Berlin' });

    expect(endpointOf(functions['ingest'])).to.deep.include({ region: ['europe-west1'] });
    expect(endpointOf(functions['ingest']).eventTrigger?.eventFilters).to.deep.equal({ bucket: 'my-shop' });
    expect(endpointOf(functions['report']).scheduleTrigger?.timeZone).to.equal('Europe/Berlin');
  });

  it('gives a function the secrets that it needs and that exist, and no other', () => {
    const functions = hangtag({ secrets: ['HANGTAG_SLACK_WEBHOOK_URL'] });

    const secretsOf = (name: string) => endpointOf(functions[name]).secretEnvironmentVariables;
    expect(secretsOf('classify')).to.deep.equal([{ key: 'HANGTAG_SLACK_WEBHOOK_URL' }]);
    expect(secretsOf('deadLetter')).to.deep.equal([]);
  });

  it('refuses settings that are not valid, all together', () => {
    expect(() => hangtag({ topK: 'many', minScore: 2 })).to.throw(/HANGTAG_TOP_K[\s\S]*HANGTAG_MIN_SCORE/);
  });

  it('adds the function of the old collection only if it is asked for', () => {
    expect(hangtag()).not.to.have.property('imageLabels');
    expect(hangtag({ imageLabels: { collection: 'imageLabels' } })).to.have.property('imageLabels');
  });

  const WRONG = {
    'a document': { collection: 'labels/of' },
    'the collection of tenants': { collection: 'tenants' },
    'a collection of records': { collection: 'tenants/default/images' },
    'a text': 'imageLabels' as never,
    'an unknown mode': { collection: 'imageLabels', mode: 'Full' as never },
  };
  for (const [what, imageLabels] of Object.entries(WRONG)) {
    it(`refuses ${what} for the old collection`, () => {
      expect(() => hangtag({ imageLabels })).to.throw(ConfigError, 'Expected imageLabels with the path');
    });
  }

  it('refuses the name of an unknown secret, and takes what is undefined as absent', () => {
    expect(() => hangtag({ secrets: ['SLACK_WEBHOOK_URL' as never] })).to.throw(
      ConfigError,
      'SLACK_WEBHOOK_URL',
    );
    expect(environmentOf(Object.assign({ thumbnails: true }, { topK: undefined }) as object)).to.deep.equal({
      HANGTAG_THUMBNAILS: 'true',
    });
  });

  it('has a setting for each variable that is no secret', () => {
    const names = settingNames(CONFIG_KEYS);
    const variables = Object.keys(environmentOf(Object.fromEntries(names.map((name) => [name, '']))));

    expect([...variables, ...SECRET_KEYS]).to.have.members([...CONFIG_KEYS]);
  });

  it('writes lists and objects as their variables have them', () => {
    expect(
      environmentOf({ includePrefixes: ['a/', 'b/'], thumbnails: true, categoryCodes: { Shoes: '17' } }),
    ).to.deep.equal({
      HANGTAG_INCLUDE_PREFIXES: 'a/,b/',
      HANGTAG_THUMBNAILS: 'true',
      HANGTAG_CATEGORY_CODES: '{"Shoes":"17"}',
    });
  });
});
