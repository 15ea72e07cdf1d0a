import { REASONS, STATUSES, TIERS } from '@hangtag/shared/domain/record.js';
import { REJECTIONS } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

describe('The codes that records store', () => {
  it('are never renamed or removed: stored records and other readers hold them', () => {
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
      ...REJECTIONS,
      'low-confidence',
      'unknown-object',
      'parked',
      'over-budget',
      'circuit-open',
      'skip-requested',
      'path-excluded',
      'self-written',
      'unknown-tenant',
      'folder',
    ]);
  });
});
