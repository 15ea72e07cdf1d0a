import type { Guarantees } from '@hangtag/shared/domain/precision-guarantee.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { describeGuarantee } from '@hangtag/tools/tenants/describe-guarantee.js';
import { changedSettings, SETTING_OPTIONS, type SettingValues } from '@hangtag/tools/tenants/settings.js';
import { expect } from 'chai';

const GUARANTEES: Guarantees = {
  white: [
    { precision: 0.95, confidence: 0.6, n: 900, wrong: 20 },
    { precision: 0.99, confidence: 0.93, n: 700, wrong: 2 },
  ],
  other: [{ precision: 0.95, confidence: 0.9, n: 90, wrong: 1 }],
};
const model = (guarantees?: Guarantees) => ({ id: 'shop', version: '2', guarantees });

function values(given: Partial<SettingValues>): SettingValues {
  const none = Object.entries(SETTING_OPTIONS).map(([name, { read }]) => [name, read([])?.is]);
  return { ...(Object.fromEntries(none) as SettingValues), ...given };
}

describe('The precision that a tenant asks for', () => {
  it('is described by the confidence from which labels are used without review', () => {
    expect(describeGuarantee(0.95, model(GUARANTEES)).split('\n')).to.deep.equal([
      'white background: used without review from a confidence of 0.6',
      'other background: used without review from a confidence of 0.9',
    ]);
  });

  it('sends every label to review on a background on which the model does not guarantee it', () => {
    expect(describeGuarantee(0.98, model(GUARANTEES)).split('\n')).to.deep.equal([
      'white background: used without review from a confidence of 0.93',
      'other background: every label goes to review, since the model guarantees 0.95',
    ]);
  });

  it('is refused if the model guarantees less, with the highest precision that it guarantees', () => {
    expect(() => describeGuarantee(0.995, model(GUARANTEES))).to.throw(
      UsageError,
      'Expected a model that guarantees a precision of 0.995 but found shop 2, which guarantees 0.99. Type: --auto-precision 0.99',
    );
    expect(() => describeGuarantee(0.9, model())).to.throw(
      UsageError,
      'which guarantees none. npm run evaluate',
    );
  });

  it('replaces the confidence of the tenant, and is replaced by one', () => {
    const asked = changedSettings(
      { thresholds: { auto: 0.9, quick: 0.6 } },
      values({ 'auto-precision': 0.99 }),
    );
    const back = changedSettings(asked, values({ auto: 0.8 }));

    expect(asked).to.deep.equal({ thresholds: { autoPrecision: 0.99, quick: 0.6 } });
    expect(back).to.deep.equal({ thresholds: { auto: 0.8, quick: 0.6 } });
    expect(changedSettings(asked, values({ quick: 0.5 }))).to.deep.equal({
      thresholds: { autoPrecision: 0.99, quick: 0.5 },
    });
  });

  it('is refused below the confidence of a quick review, also if one of both was set before', () => {
    const both = values({ auto: 0.5, quick: 0.7 });
    const message = 'Expected --quick up to --auto, 0.5, but received 0.7';

    expect(() => changedSettings({}, both)).to.throw(UsageError, message);
    expect(() => changedSettings({ thresholds: { quick: 0.7 } }, values({ auto: 0.5 }))).to.throw(message);
    expect(changedSettings({}, values({ auto: 0.7, quick: 0.7 }))).to.have.property('thresholds');
    expect(changedSettings({}, values({ auto: 0.5 }))).to.have.property('thresholds');
  });

  it('is refused together with a confidence', () => {
    expect(() => changedSettings({}, values({ auto: 0.9, 'auto-precision': 0.99 }))).to.throw(
      UsageError,
      'Expected --auto or --auto-precision but received both',
    );
  });
});
