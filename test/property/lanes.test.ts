/**
 * How long a surge of one tenant delays the uploads of another one, in a queueing model: one server labels at a constant rate, the
 * live lane first. The test uses the real code of the lanes, with simulated time.
 */
import { type Lanes, ONE_LANE, SurgeLanes } from '@hangtag/functions/ingest/lanes.js';
import { parseTenantId, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { Priority } from '@hangtag/shared/domain/record.js';
import { expect } from 'chai';
import fc from 'fast-check';

const POLICY = { burst: 50, perSecond: 5 };
const [CROWD, FEW] = [parseTenantId('crowd'), parseTenantId('few')];
const FEW_IMAGES = 10;

interface Scene {
  readonly crowd: number;
  readonly uploadsPerSecond: number;
  readonly labelsPerSecond: number;
  /** When the few uploads arrive, as a fraction of the duration of the crowd's uploads. */
  readonly comeAt: number;
}

/** Rates at which a queue builds up. The server is faster than the rate that is allowed without a surge. */
const scenes: fc.Arbitrary<Scene> = fc.record({
  crowd: fc.integer({ min: 500, max: 10_000 }),
  uploadsPerSecond: fc.integer({ min: 100, max: 1_000 }),
  labelsPerSecond: fc.integer({ min: 10, max: 60 }),
  comeAt: fc.double({ min: 0.2, max: 1, noNaN: true }),
});

interface Waiting {
  readonly tenant: TenantId;
  readonly uploadedMs: number;
}

/** @returns the longest wait of any of the few uploads for its label, in milliseconds */
function longestWait(scene: Scene, lanes: Lanes): number {
  const queues: Record<Priority, Waiting[]> = { live: [], backfill: [] };
  const uploads = uploadsOf(scene);
  const labelMs = 1_000 / scene.labelsPerSecond;
  let longestMs = 0;
  let left = FEW_IMAGES;
  for (let labelled = 0, next = 0; left > 0; labelled += 1) {
    const takenAtMs = labelled * labelMs;
    for (let upload = uploads[next]; upload && upload.uploadedMs <= takenAtMs; upload = uploads[++next]) {
      queues[lanes.countUpload(upload.tenant, upload.uploadedMs)].push(upload);
    }
    const taken = queues.live.shift() ?? queues.backfill.shift();
    if (taken?.tenant !== FEW) continue;
    left -= 1;
    longestMs = Math.max(longestMs, takenAtMs + labelMs - taken.uploadedMs);
  }
  return longestMs;
}

function uploadsOf({ crowd, uploadsPerSecond, comeAt }: Scene): readonly Waiting[] {
  const intervalMs = 1_000 / uploadsPerSecond;
  const ofCrowd = Array.from({ length: crowd }, (_, index) => ({
    tenant: CROWD,
    uploadedMs: index * intervalMs,
  }));
  const uploadedMs = comeAt * crowd * intervalMs;
  const few = Array.from({ length: FEW_IMAGES }, () => ({ tenant: FEW, uploadedMs }));
  return [...ofCrowd, ...few].sort((a, b) => a.uploadedMs - b.uploadedMs);
}

describe('the waiting time of another tenant', () => {
  it('is at most the time of one burst, for a surge of any size', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const waitMs = longestWait(scene, new SurgeLanes(POLICY));

        // The image in progress, one burst, and the few uploads.
        expect(waitMs).to.be.at.most(((POLICY.burst + FEW_IMAGES + 2) * 1_000) / scene.labelsPerSecond);
      }),
    );
  });

  it('control: is the time of most of the surge with one lane', () => {
    const scene = { crowd: 10_000, uploadsPerSecond: 500, labelsPerSecond: 40, comeAt: 0.5 };

    expect(longestWait(scene, ONE_LANE)).to.be.above(100_000);
    expect(longestWait(scene, new SurgeLanes(POLICY))).to.be.below(2_000);
  });
});
