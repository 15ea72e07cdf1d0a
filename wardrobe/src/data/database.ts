/** The database of the wardrobe: PostgreSQL, or PGlite behind the same protocol in the local stack. */
import { TransientError } from '@hangtag/shared/errors.js';
import { Kysely, Migrator, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { MIGRATIONS, ROLE, type Tables } from './schema.js';

/** Whose rows a transaction sees. From the caller's token, never from a request. */
export interface Person {
  readonly tenant: string;
  readonly uid: string;
}

/** Connections of one process. A small Cloud SQL instance allows 25 for all instances of the function. */
const MAX_CONNECTIONS = 4;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 10_000;
/** Connections are closed soon, so that an idle instance holds none. */
const IDLE_MS = 10_000;

export class WardrobeDatabase {
  readonly #kysely: Kysely<Tables>;

  private constructor(kysely: Kysely<Tables>) {
    this.#kysely = kysely;
  }

  /** Makes the tables that are missing. Several processes may do so at the same time. @throws {TransientError} */
  static async open(url: string): Promise<WardrobeDatabase> {
    const pool = new pg.Pool({
      connectionString: url,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      idleTimeoutMillis: IDLE_MS,
      query_timeout: STATEMENT_MS,
      allowExitOnIdle: true,
    });
    // An idle connection that breaks is replaced. Without a listener it would end the process.
    pool.on('error', () => undefined);
    const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => MIGRATIONS } });
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return new WardrobeDatabase(kysely);
    await kysely.destroy();
    throw new TransientError('Expected the database of the wardrobe but could not open it', { cause: error });
  }

  /**
   * Does the work in one transaction that sees and writes this person's rows only: the policies of the tables compare
   * them with `app.tenant` and `app.uid`.
   *
   * @throws {TransientError}
   */
  async asPerson<T>({ tenant, uid }: Person, work: (rows: Transaction<Tables>) => Promise<T>): Promise<T> {
    try {
      return await this.#kysely.transaction().execute(async (rows) => {
        await sql`set local role ${sql.id(ROLE)}`.execute(rows);
        await sql`select set_config('app.tenant', ${tenant}, true), set_config('app.uid', ${uid}, true)`.execute(
          rows,
        );
        return work(rows);
      });
    } catch (cause) {
      throw new TransientError('Expected an answer of the database of the wardrobe but received an error', {
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await this.#kysely.destroy();
  }
}
