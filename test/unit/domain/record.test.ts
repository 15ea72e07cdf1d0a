import { REASONS, STATUSES, TIERS } from '@hangtag/shared/domain/record.js';
import { ImageError, TransientError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

describe('A failure', () => {
  it('is recognised by its name, also in a log', () => {
    expect(new ImageError('corrupt', 'x')).to.include({ name: 'ImageError', code: 'corrupt' });
    expect(new TransientError('x').name).to.equal('TransientError');
  });
});

describe('The codes that records store', () => {
  it('are never renamed or removed, because stored records contain them', () => {
    expect([...STATUSES]).to.include.members([
      'queued',
      'done',
      'review',
      'failed',
      'skipped',
      'deferred',
      'deleted',
    ]);
    expect([...TIERS]).to.include.members(['AUTO_PROCESS', 'QUICK_REVIEW', 'MANUAL_REVIEW']);
    expect([...REASONS]).to.include.members([
      'empty',
      'not-an-image',
      'unsupported-format',
      'truncated',
      'corrupt',
      'too-many-bytes',
      'too-many-pixels',
      'too-large-to-decode',
      'too-slow',
      'low-confidence',
      'unknown-object',
      'parked',
      'over-budget',
      'circuit-open',
      'skip-requested',
      'path-excluded',
      'unknown-tenant',
      'folder',
    ]);
  });
});
