/**
 * All documents of a database, in the form of Firestore's REST API: every value has its type, so nothing is lost between reading and
 * writing. https://cloud.google.com/firestore/docs/reference/rest/v1/Document
 */
import { Storage } from '@google-cloud/storage';
import { type Backoff, retrying } from '@hangtag/shared/adapters/notify/retrying.js';
import { TransientError } from '@hangtag/shared/errors.js';

export interface Value {
  readonly stringValue?: string;
  readonly booleanValue?: boolean;
  readonly integerValue?: string;
  readonly mapValue?: { readonly fields?: Fields };
  readonly arrayValue?: { readonly values?: readonly Value[] };
}

export type Fields = Readonly<Record<string, Value>>;

export interface StoredDocument {
  /** `tenants/default/images/...` */
  readonly path: string;
  readonly fields: Fields;
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

/** Firestore accepts 500 writes at once. */
export const WRITES_AT_ONCE = 500;
const PAGE_SIZE = 1_000;
/** Aborted, because `ingest` holds one of the records; too many requests; a failure of the server. */
const PASSES = new Set([409, 429, 500, 502, 503, 504]);
const BACKOFF: Backoff = { retries: 6, firstDelayMs: 500, limitMs: 120_000 };

export class DocumentDatabase {
  readonly #root: string;
  readonly #url: string;
  readonly #storage: Storage | undefined;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    const emulator = env['FIRESTORE_EMULATOR_HOST'];
    this.#root = `projects/${env['GOOGLE_CLOUD_PROJECT'] ?? env['GCLOUD_PROJECT']}/databases/(default)/documents`;
    this.#url = `${emulator ? `http://${emulator}` : 'https://firestore.googleapis.com'}/v1/${this.#root}`;
    this.#storage = emulator ? undefined : new Storage();
  }

  /** In the order of their paths, of all collections. */
  async *read(): AsyncGenerator<StoredDocument> {
    let after: string | undefined;
    do {
      const page = await this.#page(after);
      for (const { name, fields = {} } of page) yield { path: name.slice(this.#root.length + 1), fields };
      after = page.length < PAGE_SIZE ? undefined : page.at(-1)?.name;
    } while (after !== undefined);
  }

  /** Replaces what is there. @param documents at most `WRITES_AT_ONCE` */
  async write(documents: readonly StoredDocument[]): Promise<void> {
    const writes = documents.map(({ path, fields }) => ({
      update: { name: `${this.#root}/${path}`, fields },
    }));
    await this.#post('commit', { writes });
  }

  async #page(
    after: string | undefined,
  ): Promise<readonly { readonly name: string; readonly fields?: Fields }[]> {
    const structuredQuery = {
      from: [{ allDescendants: true }],
      orderBy: [{ field: { fieldPath: '__name__' } }],
      limit: PAGE_SIZE,
      ...(after && { startAt: { values: [{ referenceValue: after }], before: false } }),
    };
    const answers = (await this.#post('runQuery', { structuredQuery })) as readonly {
      document?: { name: string; fields?: Fields };
    }[];
    return answers.flatMap(({ document }) => document ?? []);
  }

  /** Repeats a request whose failure can pass: reading changes nothing, and a write replaces whole documents. */
  async #post(method: string, body: object): Promise<unknown> {
    const fault = ({ status, text }: Answer) =>
      `Expected ${method} of Firestore to succeed but received ${status} ${text}`;
    const answer = await retrying(async () => {
      const received = await this.#ask(method, body);
      if (PASSES.has(received.status)) throw new Error(fault(received));
      return received;
    }, BACKOFF);
    if (answer.ok) return JSON.parse(answer.text);
    throw new TransientError(fault(answer));
  }

  async #ask(method: string, body: object): Promise<Answer> {
    const token = (await this.#storage?.authClient.getAccessToken()) ?? 'owner';
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${this.#url}:${method}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return { ok: response.ok, status: response.status, text: await response.text() };
  }
}
