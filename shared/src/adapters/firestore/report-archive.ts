import {
  type CollectionReference,
  type DocumentData,
  FieldValue,
  type Firestore,
  Timestamp,
} from '@google-cloud/firestore';
import type { TenantId } from '../../domain/identity.js';
import type { DaySummary } from '../../domain/report/day-summary.js';
import type { Day } from '../../domain/report/day-window.js';
import type { Report } from '../../domain/report/report.js';
import type { ArchivedReport, LatestReport, ReportArchive } from '../../ports/report-archive.js';
import { transientOr } from '../grpc-outcome.js';

/** Collection id of the reports, below each tenant's document; a report's id is its day. */
export const REPORTS = 'reports';

/** The report is stored as a map, for listeners; the summary as JSON text, since Firestore has no arrays of arrays. */
export class FirestoreReportArchive implements ReportArchive {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async save(tenant: TenantId, { report, summary, files, expireAt }: ArchivedReport): Promise<void> {
    const document: DocumentData = {
      day: report.day,
      report,
      files,
      summary: JSON.stringify(summary),
      completedAt: FieldValue.serverTimestamp(),
      expireAt: Timestamp.fromMillis(expireAt),
    };
    try {
      await this.#reports(tenant).doc(report.day).set(document);
    } catch (error) {
      throw transientOr(error, `save the report of ${report.day}`);
    }
  }

  async keepFiles(tenant: TenantId, day: Day, files: readonly string[]): Promise<void> {
    try {
      await this.#reports(tenant).doc(day).update({ files });
    } catch (error) {
      throw transientOr(error, `keep the files of the report of ${day}`);
    }
  }

  async markAnnounced(tenant: TenantId, day: Day): Promise<void> {
    try {
      await this.#reports(tenant).doc(day).update({ announcedAt: FieldValue.serverTimestamp() });
    } catch (error) {
      throw transientOr(error, `keep that the report of ${day} is announced`);
    }
  }

  async find(tenant: TenantId, day: Day): Promise<ArchivedReport | undefined> {
    try {
      const data = (await this.#reports(tenant).doc(day).get()).data();
      return data && archivedReport(data);
    } catch (error) {
      throw transientOr(error, `read the report of ${day}`);
    }
  }

  async summaries(tenant: TenantId, days: readonly Day[]): Promise<ReadonlyMap<Day, DaySummary>> {
    const references = days.map((day) => this.#reports(tenant).doc(day));
    try {
      const snapshots = await this.#firestore.getAll(...references, { fieldMask: ['summary'] });
      return new Map(
        snapshots.flatMap((snapshot) => {
          const summary: unknown = snapshot.get('summary');
          return typeof summary === 'string' ? [[snapshot.id as Day, summaryOf(summary)] as const] : [];
        }),
      );
    } catch (error) {
      throw transientOr(error, `read the reports before ${days.at(-1)}`);
    }
  }

  async since(tenant: TenantId, first: Day): Promise<ReadonlyMap<Day, 'announced' | 'not-announced'>> {
    try {
      const { docs } = await this.#reports(tenant).where('day', '>=', first).select('announcedAt').get();
      return new Map(
        docs.map((document) => [
          document.id as Day,
          document.get('announcedAt') === undefined ? 'not-announced' : 'announced',
        ]),
      );
    } catch (error) {
      throw transientOr(error, `look up the reports since ${first}`);
    }
  }

  async latest(tenant: TenantId): Promise<LatestReport | undefined> {
    try {
      const latest = this.#reports(tenant).orderBy('day', 'desc').limit(1);
      const document = (await latest.select('completedAt').get()).docs[0];
      return document && { day: document.id as Day, completedAt: document.get('completedAt').toMillis() };
    } catch (error) {
      throw transientOr(error, `look up the latest report of ${tenant}`);
    }
  }

  #reports(tenant: TenantId): CollectionReference {
    return this.#firestore.collection(`tenants/${tenant}/${REPORTS}`);
  }
}

/** Not checked: only this class writes these documents. Clients may only read them. */
function archivedReport(data: DocumentData): ArchivedReport {
  return {
    report: data['report'] as Report,
    summary: summaryOf(data['summary']),
    files: data['files'],
    expireAt: data['expireAt'].toMillis(),
  };
}

function summaryOf(json: string): DaySummary {
  return JSON.parse(json) as DaySummary;
}
