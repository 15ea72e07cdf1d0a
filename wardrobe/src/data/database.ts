/** The database of the wardrobe: PostgreSQL, or PGlite behind the same protocol in the local stack. */
import { InputError, TransientError } from '@hangtag/shared/errors.js';
import { Kysely, Migrator, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { CloudSqlDatabase } from './cloud-sql.js';
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

/** A data exception, or a value that is too large for its index: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNSTORABLE = /^(22|54)/;

interface Connection {
  /** Address and user. */
  readonly config: pg.PoolConfig;
  readonly connector?: { close(): void };
}

export class WardrobeDatabase {
  readonly #kysely: Kysely<Tables>;
  readonly #connector: Connection['connector'];

  private constructor(kysely: Kysely<Tables>, connector: Connection['connector']) {
    this.#kysely = kysely;
    this.#connector = connector;
  }

  /**
   * Makes the tables that are missing. Several processes may do so at the same time.
   *
   * @param place a URL of PostgreSQL, or a database on Cloud SQL
   * @throws {TransientError}
   */
  static async open(place: string | CloudSqlDatabase): Promise<WardrobeDatabase> {
    const { config, connector } = await connectionTo(place);
    const pool = new pg.Pool({
      ...config,
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
    const database = new WardrobeDatabase(kysely, connector);
    if (error === undefined) return database;
    await database.close();
    throw unopened(error);
  }

  /**
   * Does the work in one transaction that sees and writes this person's rows only: the policies of the tables compare
   * them with `app.tenant` and `app.uid`.
   *
   * @throws {InputError} the database cannot store a value
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
      if (UNSTORABLE.test((cause as { readonly code?: string }).code ?? '')) {
        throw new InputError('Expected text that a database can store, without the character U+0000', {
          cause,
        });
      }
      throw new TransientError('Expected an answer of the database of the wardrobe but received an error', {
        cause,
      });
    }
  }

  async close(): Promise<void> {
    // An open connector asks for a certificate after a failed connection too, and a failure of that ends the process.
    this.#connector?.close();
    await this.#kysely.destroy();
  }
}

/** The connector of Cloud SQL is loaded only for a database there. */
async function connectionTo(place: string | CloudSqlDatabase): Promise<Connection> {
  if (typeof place === 'string') return { config: { connectionString: place } };
  const { connectCloudSql } = await import('./cloud-sql.js');
  return connectCloudSql(place).catch((cause: unknown) => {
    throw unopened(cause);
  });
}

function unopened(cause: unknown): TransientError {
  return new TransientError('Expected the database of the wardrobe but could not open it', { cause });
}
