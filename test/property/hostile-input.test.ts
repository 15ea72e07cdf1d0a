/** No content of a name or of its metadata has an effect outside its field. */
import { ingestCommand } from '@hangtag/functions/ingest/command.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { logOutcome, NO_DEADLINE, surround } from '@hangtag/functions/platform/middleware.js';
import { annotationsOf } from '@hangtag/shared/domain/admission.js';
import { imageIdOf, tenantOf } from '@hangtag/shared/domain/identity.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { createLog } from '@hangtag/shared/log.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { HOSTILE_NAMES, MAX_NAME_BYTES } from '../fixtures/hostile-names.js';
import { BUCKET, generation, NAME } from '../fixtures/records.js';
import { Stage } from '../support/stage.js';

/** Any text: of all planes, control characters, unpaired surrogates, and characters that other formats escape. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    maxLength: 80,
  }),
  fc
    .array(fc.constantFrom('..', '/', '\\', 'tenants', '\0', '%2f', '\u202E', 'e\u0301', '\u00E9', 'a'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
  fc.constantFrom(...HOSTILE_NAMES),
);
const names = texts.filter(
  (text) => text.isWellFormed() && text !== '' && Buffer.byteLength(text) <= MAX_NAME_BYTES,
);
const metadata = fc.dictionary(
  fc.oneof(texts, fc.constantFrom('owner', 'ref', 'priority', 'skip', '__proto__')),
  texts,
);

const SAFE_SEGMENT = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const resource = (facts: object) => ({
  bucket: BUCKET,
  name: NAME,
  generation: '5',
  timeCreated: '2026-01-02T03:04:05Z',
  size: '3',
  ...facts,
});

describe('With any name of an object', () => {
  it('the address of its record is safe in a path', () => {
    fc.assert(
      fc.property(names, (name) => {
        const { tenant, imageId } = imageMessageOf({ bucket: BUCKET, name, generation: generation(5) });
        expect(tenant).to.match(SAFE_SEGMENT);
        expect(imageId).to.match(/^[A-Za-z0-9_-]{43}$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('its record is its own, also beside the same name in another normal form', () => {
    fc.assert(
      fc.property(names, names, (one, other) => {
        expect(imageIdOf(BUCKET, one) === imageIdOf(BUCKET, other)).to.equal(one === other);
        const [composed, decomposed] = [one.normalize('NFC'), one.normalize('NFD')];
        expect(imageIdOf(BUCKET, composed) === imageIdOf(BUCKET, decomposed)).to.equal(
          composed === decomposed,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('only a folder with a valid id is that of a tenant', () => {
    fc.assert(
      fc.property(texts, (claimed) => {
        const tenant = tenantOf(`tenants/${claimed}/a.jpg`);
        if (tenant !== undefined) expect(tenant).to.match(SAFE_SEGMENT);
      }),
      { numRuns: 2000 },
    );
  });

  it('it is recorded under exactly this name, and its log is one line of JSON', async () => {
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const stage = new Stage();
        let written = '';
        const log = createLog({
          write(text) {
            written += text;
          },
        });

        const work = () => ingest(ingestCommand('finalized', resource({ name }), BUCKET), stage.ingestPorts);
        await surround(work, [logOutcome])({ name: 'ingest', log, signal: NO_DEADLINE });

        expect(written.match(/[\r\n]/g)).to.deep.equal(['\n']);
        expect(JSON.parse(written).name).to.equal(name);
        const [entry] = stage.records.entries();
        expect(entry?.record.name).to.equal(name);
      }),
      { numRuns: 500 },
    );
  });
});

describe('With any metadata of an object', () => {
  it('the fields of the record are well-formed text that Firestore can index', () => {
    fc.assert(
      fc.property(metadata, (said) => {
        const { owner, ref, priority } = annotationsOf(said);
        for (const text of [owner, ref]) {
          if (text === null) continue;
          expect(text.isWellFormed()).to.equal(true);
          expect(Buffer.byteLength(text)).to.be.within(1, 1500);
        }
        expect(priority).to.be.oneOf(['live', 'backfill']);
      }),
      { numRuns: 1000 },
    );
  });

  it('the object is recorded', async () => {
    await fc.assert(
      fc.asyncProperty(metadata, async (said) => {
        const stage = new Stage();
        const command = ingestCommand(
          'finalized',
          JSON.parse(JSON.stringify(resource({ metadata: said }))),
          BUCKET,
        );
        await ingest(command, stage.ingestPorts);
        expect((await stage.record())?.status).to.be.oneOf(['queued', 'skipped']);
      }),
      { numRuns: 500 },
    );
  });
});
