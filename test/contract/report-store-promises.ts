/** What every keeper of records, reports and alert states promises to the report. */
import type { AlertState } from '@hangtag/shared/domain/alerts/alert-state.js';
import { ERASED_PERSON } from '@hangtag/shared/domain/erasure.js';
import { imageIdOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { Correction, ImageRecord } from '@hangtag/shared/domain/record.js';
import { addDays } from '@hangtag/shared/domain/report/day-window.js';
import { reconcile } from '@hangtag/shared/domain/report/reconciliation.js';
import { composeReport } from '@hangtag/shared/domain/report/report.js';
import type { AlertStore } from '@hangtag/shared/ports/alert-store.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ErasureStore } from '@hangtag/shared/ports/erasure-store.js';
import type { ArchivedReport, ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import { expect } from 'chai';
import { DAY, rowsOf, summaryOf, WINDOW } from '../fixtures/day-rows.js';
import { aCorrection, aLabelledRecord } from '../fixtures/records.js';

let tenants = 0;

/** A tenant that no other test uses. */
function newTenant(): TenantId {
  tenants += 1;
  return `tenant-${process.pid}-${tenants}` as TenantId;
}

export interface DayRecordsStage {
  readonly records: DayRecords;
  /** Stores records unchanged, with their times, also invalid ones. */
  readonly put: (tenant: TenantId, records: readonly ImageRecord[]) => Promise<void>;
  /** Lines logged so far. */
  readonly logged: readonly object[];
}

export function promisesOfDayRecords(open: () => DayRecordsStage): void {
  const at = (uploadedAt: number, facts: Partial<ImageRecord> = {}) =>
    aLabelledRecord({ name: `returns/${uploadedAt}.jpg`, uploadedAt, ...facts });
  const names = async (rows: AsyncIterable<{ readonly name: string }>) => {
    const found: string[] = [];
    for await (const { name } of rows) found.push(name);
    return found;
  };

  it('give the rows of a half-open window, oldest first', async () => {
    const { records, put } = open();
    const tenant = newTenant();
    const instants = [WINDOW.toMs, WINDOW.fromMs - 1, WINDOW.toMs - 1, WINDOW.fromMs, WINDOW.fromMs + 5];
    await put(
      tenant,
      instants.map((instant) => at(instant)),
    );

    const found = await names(records.rows(tenant, WINDOW));

    const inside = [WINDOW.fromMs, WINDOW.fromMs + 5, WINDOW.toMs - 1];
    expect(found).to.deep.equal(inside.map((instant) => `returns/${instant}.jpg`));
  });

  it('return every row once, also if thousands have the same time', async () => {
    const { records, put } = open();
    const tenant = newTenant();
    const all = Array.from({ length: 2_100 }, (_, index) =>
      at(WINDOW.fromMs, { name: `returns/${index}.jpg` }),
    );
    await put(tenant, all);

    const found = await names(records.rows(tenant, WINDOW));

    expect(found).to.have.length(2_100);
    expect(new Set(found)).to.have.property('size', 2_100);
    const byId = all.toSorted((a, b) => (imageIdOf(a.bucket, a.name) < imageIdOf(b.bucket, b.name) ? -1 : 1));
    expect(found, 'by the ids of the images').to.deep.equal(byId.map(({ name }) => name));
  });

  it('give rows with all that a report reads', async () => {
    const { records, put } = open();
    const tenant = newTenant();
    const record = at(WINDOW.fromMs, {
      correction: aCorrection(),
      owner: 'jane',
      ref: 'RET-1',
      embedding: [1, 2],
    });
    await put(tenant, [record]);

    for await (const row of records.rows(tenant, WINDOW)) {
      const { name, generation, uploadedAt, status, reason, category, confidence } = row;
      const { tier, model, correction, timings, owner, ref, bucket, present } = row;
      const read = {
        name,
        generation,
        uploadedAt,
        status,
        reason,
        category,
        confidence,
        tier,
        model,
        correction,
      };
      expect(record).to.deep.include({ ...read, timings, owner, ref, bucket, present });
    }
  });

  it('count by status, without other tenants', async () => {
    const { records, put } = open();
    const tenant = newTenant();
    await put(tenant, [
      at(WINDOW.fromMs),
      at(WINDOW.fromMs + 1),
      at(WINDOW.fromMs + 2, { status: 'review' }),
      at(WINDOW.fromMs + 3, { status: 'skipped', reason: 'folder' }),
      at(WINDOW.toMs),
    ]);
    await put(newTenant(), [at(WINDOW.fromMs)]);

    const counts = await records.count(tenant, WINDOW);

    const none = { queued: 0, failed: 0, deferred: 0, deleted: 0, moved: 0 };
    expect(counts).to.deep.equal({ ...none, done: 2, review: 1, skipped: 1 });
  });

  it('count moved images, and not deleted ones', async () => {
    const { records, put } = open();
    const tenant = newTenant();
    await put(tenant, [
      at(WINDOW.fromMs),
      at(WINDOW.fromMs + 1, { present: false }),
      at(WINDOW.fromMs + 2, { present: false, status: 'failed', reason: 'corrupt' }),
      at(WINDOW.fromMs + 3, { present: false, status: 'deleted' }),
    ]);

    const { moved, done, failed, deleted } = await records.count(tenant, WINDOW);

    expect({ moved, done, failed, deleted }).to.deep.equal({ moved: 2, done: 2, failed: 1, deleted: 1 });
  });

  it('give the rows corrected in a window, whenever they were uploaded', async () => {
    const { records, put } = open();
    const tenant = newTenant();
    const corrected = (instant: number) =>
      at(WINDOW.fromMs - 86_400_000 * 5, {
        name: `${instant}`,
        correction: aCorrection({ at: instant }),
      });
    await put(tenant, [WINDOW.fromMs - 1, WINDOW.toMs - 1, WINDOW.fromMs, WINDOW.toMs].map(corrected));
    await put(tenant, [at(WINDOW.fromMs)]);

    const found = await names(records.corrections(tenant, WINDOW));

    expect(found).to.deep.equal([`${WINDOW.fromMs}`, `${WINDOW.toMs - 1}`]);
  });

  it('leave out a record that a client has damaged, and log it', async () => {
    const { records, put, logged } = open();
    const tenant = newTenant();
    const correction = aCorrection({ at: WINDOW.fromMs });
    const damaged = { ...correction, by: 7 } as unknown as Correction;
    await put(tenant, [at(WINDOW.fromMs, { correction }), at(WINDOW.fromMs + 1, { correction: damaged })]);

    const found = [
      await names(records.rows(tenant, WINDOW)),
      await names(records.corrections(tenant, WINDOW)),
    ];

    expect(found).to.deep.equal([[`returns/${WINDOW.fromMs}.jpg`], [`returns/${WINDOW.fromMs}.jpg`]]);
    expect(logged.at(-1)).to.deep.include({ outcome: 'unreadable-record' });
  });

  it('give the time of the first upload in a window', async () => {
    const { records, put } = open();
    const tenant = newTenant();
    await put(tenant, [at(WINDOW.fromMs - 1), at(WINDOW.toMs), at(WINDOW.fromMs + 9), at(WINDOW.fromMs + 7)]);

    expect(await records.firstUpload(tenant, WINDOW)).to.equal(WINDOW.fromMs + 7);
    expect(await records.firstUpload(newTenant(), WINDOW)).to.equal(undefined);
  });

  it('name every tenant that has records', async () => {
    const { records, put } = open();
    const both = [newTenant(), newTenant()];
    for (const tenant of both) await put(tenant, [at(WINDOW.fromMs)]);

    expect(await records.tenants()).to.include.members(both);
  });
}

export function promisesOfReportArchive(open: () => ReportArchive): void {
  const archived = (tenant: TenantId, facts: Partial<ArchivedReport> = {}): ArchivedReport => {
    const summary = summaryOf(rowsOf(3), rowsOf(1, { correction: aCorrection() }));
    const counts = { ...summary.statuses, moved: summary.moved };
    const report = composeReport({
      tenant,
      window: WINDOW,
      summary,
      history: new Map(),
      reconciliation: reconcile({ objects: 3, counted: counts, rows: counts }),
      settings: {
        thresholds: { autoProcessAt: 0.85, quickReviewAt: 0.7 },
        retention: { images: 30, records: 90 },
      },
    });
    return { report, summary, files: ['reports/x.csv'], expireAt: WINDOW.toMs, ...facts };
  };

  it('returns the saved report', async () => {
    const tenant = newTenant();
    const archive = open();
    await archive.save(tenant, archived(tenant));

    expect(await archive.find(tenant, DAY)).to.deep.equal(archived(tenant));
    expect(await archive.find(tenant, addDays(DAY, 1))).to.equal(undefined);
  });

  it('replaces the report of a day', async () => {
    const tenant = newTenant();
    const archive = open();
    await archive.save(tenant, archived(tenant));
    await archive.save(tenant, archived(tenant, { files: [] }));

    expect((await archive.find(tenant, DAY))?.files).to.deep.equal([]);
  });

  it('returns the summaries of the days that have a report', async () => {
    const tenant = newTenant();
    const archive = open();
    await archive.save(tenant, archived(tenant));

    const summaries = await archive.summaries(tenant, [addDays(DAY, -1), DAY]);

    expect([...summaries]).to.deep.equal([[DAY, archived(tenant).summary]]);
  });

  it('returns the latest day, in any order of saving', async () => {
    const tenant = newTenant();
    const archive = open();
    expect(await archive.latest(tenant)).to.equal(undefined);
    const { report, ...rest } = archived(tenant);
    for (const days of [0, 2, 1]) {
      await archive.save(tenant, { ...rest, report: { ...report, day: addDays(DAY, days) } });
    }

    const latest = await archive.latest(tenant);

    expect(latest?.day).to.equal(addDays(DAY, 2));
    expect(latest?.completedAt).to.be.a('number');
  });

  it('keeps that a report was announced, until another replaces it', async () => {
    const tenant = newTenant();
    const archive = open();
    const state = async () => (await archive.since(tenant, DAY)).get(DAY);
    await archive.save(tenant, archived(tenant));
    expect(await state()).to.equal('not-announced');

    await archive.markAnnounced(tenant, DAY);
    expect(await state()).to.equal('announced');
    expect(await archive.find(tenant, DAY), 'nothing else of it changes').to.deep.equal(archived(tenant));

    await archive.save(tenant, archived(tenant));
    expect(await state()).to.equal('not-announced');
  });

  it('gives the reports from a day on', async () => {
    const tenant = newTenant();
    const archive = open();
    const { report, ...rest } = archived(tenant);
    for (const days of [-1, 0, 2]) {
      await archive.save(tenant, { ...rest, report: { ...report, day: addDays(DAY, days) } });
    }

    const days = [...(await archive.since(tenant, DAY)).keys()];

    expect(days).to.deep.equal([DAY, addDays(DAY, 2)]);
  });

  it('replaces the files of a report, which stays announced', async () => {
    const tenant = newTenant();
    const archive = open();
    await archive.save(tenant, archived(tenant));
    await archive.markAnnounced(tenant, DAY);

    await archive.keepFiles(tenant, DAY, ['a']);

    expect(await archive.find(tenant, DAY)).to.deep.equal(archived(tenant, { files: ['a'] }));
    expect((await archive.since(tenant, DAY)).get(DAY)).to.equal('announced');
  });
}

export function promisesOfAlertStore(open: () => AlertStore): void {
  const state: AlertState = {
    condition: 'drift',
    phase: 'firing',
    since: 1,
    announcedAt: null,
    claimedUntil: 2,
    severity: 'warning',
    text: 'x',
    values: { images: 61 },
  };

  it('returns the stored state', async () => {
    const [store, tenant] = [open(), newTenant()];
    expect(await store.get(tenant, 'drift')).to.equal(undefined);
    const version = await store.put(tenant, state, undefined);

    expect(await store.get(tenant, 'drift')).to.deep.equal({ state, version });
  });

  it('takes one of two who saw the same', async () => {
    const [store, tenant] = [open(), newTenant()];
    const first = await Promise.all([
      store.put(tenant, state, undefined),
      store.put(tenant, state, undefined),
    ]);
    expect(first.filter((version) => version !== undefined)).to.have.length(1);
    const known = (await store.get(tenant, 'drift'))?.version;

    const second = await Promise.all([store.put(tenant, state, known), store.put(tenant, state, known)]);

    expect(second.filter((version) => version !== undefined)).to.have.length(1);
  });
}

export interface ErasureStage extends Pick<DayRecordsStage, 'put'> {
  readonly store: ErasureStore;
}

export function promisesOfErasureStore(open: () => ErasureStage): void {
  it('finds the images of one owner and tenant, however many', async () => {
    const { store, put } = open();
    const tenant = newTenant();
    const owned = (name: string, owner: string | null) => aLabelledRecord({ name, owner });
    await put(tenant, [
      ...Array.from({ length: 700 }, (_, index) => owned(`${index}`, 'jane')),
      owned('x', 'janet'),
      owned('y', null),
    ]);
    await put(newTenant(), [owned('z', 'jane')]);
    const names = new Set<string>();

    for await (const { record, key, version } of store.owned(tenant, 'jane')) {
      expect(version).to.be.a('string');
      expect(key).to.deep.equal({ tenant, imageId: imageIdOf(record.bucket, record.name) });
      names.add(record.name);
    }

    expect(names).to.have.property('size', 700);
  });

  it('puts a word in place of an erased person who corrected images', async () => {
    const { store, put } = open();
    const [tenant, other] = [newTenant(), newTenant()];
    const corrected = (name: string, by: string) =>
      aLabelledRecord({ name, owner: by, correction: aCorrection({ by }) });
    await put(tenant, [corrected('a', 'jane'), corrected('b', 'jane'), corrected('c', 'john')]);
    await put(other, [corrected('d', 'jane')]);
    const counts = () =>
      Promise.all(['jane', 'john', ERASED_PERSON].map((by) => store.countMentions(tenant, by)));
    expect(await counts(), 'control').to.deep.equal([2, 1, 0]);

    await store.eraseMentions(tenant, 'jane');

    expect(await counts()).to.deep.equal([0, 1, 2]);
    expect(await store.countMentions(other, 'jane'), 'of another tenant').to.equal(1);
  });
}
