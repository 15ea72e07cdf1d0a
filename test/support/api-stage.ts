/** The whole API over memory adapters, with credentials of each kind. */
import type { Api } from '@hangtag/functions/api/api-env.js';
import { authenticator } from '@hangtag/functions/api/authenticate.js';
import { createApi } from '@hangtag/functions/api/create-api.js';
import { ALL } from '@hangtag/functions/api/every-route.js';
import type { Adapters } from '@hangtag/functions/app/adapters.js';
import { createKey } from '@hangtag/functions/keys/handler.js';
import { newSigningKey } from '@hangtag/shared/adapters/jose/document-signer.js';
import { SCOPES, type Scope } from '@hangtag/shared/domain/api-key.js';
import { DEFAULT_TENANT, imageIdOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { NewRecord } from '@hangtag/shared/domain/transitions.js';
import type { OutgoingMessage } from '@hangtag/shared/ports/publisher.js';
import { aNewRecord, BUCKET, generation } from '../fixtures/records.js';
import { assertDescribed } from './described-answers.js';
import { type MemoryApp, memoryApp } from './memory-app.js';
import { ManualClock, ScriptedClassifier } from './stage.js';

const SIGNING_KEY = JSON.stringify(await newSigningKey());

export class ApiStage {
  readonly clock = new ManualClock();
  readonly classifier = new ScriptedClassifier();
  readonly published: (OutgoingMessage & { readonly topic: string })[] = [];
  readonly memory: MemoryApp;
  readonly api: Api;

  constructor(adapters: Partial<Adapters> = {}, env: Readonly<Record<string, string>> = {}) {
    this.memory = memoryApp({
      clock: this.clock,
      classifier: this.classifier,
      env: { HANGTAG_SIGNING_KEY: SIGNING_KEY, ...env },
      adapters,
      onPublish: (topic, message) => this.published.push({ topic, ...message }),
    });
    const { app } = this.memory;
    const authenticate = authenticator(() => app.credentials());
    this.api = createApi({ app, mounts: ALL, isPublic: false, authenticate });
  }

  /** The text of a new key. */
  async key(scopes: readonly Scope[] = SCOPES, tenant: TenantId = DEFAULT_TENANT): Promise<string> {
    const ports = await this.memory.app.keys();
    return (await createKey({ tenant, name: 'test', scopes, expiresAt: null }, ports)).text;
  }

  /** @throws Error if openapi.json has no such answer */
  async ask(key: string | undefined, request: string, body?: unknown, headers: Record<string, string> = {}) {
    const [method = '', path = ''] = request.split(' ');
    const sent = {
      ...headers,
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const init = { method, headers: sent, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const answer = await this.api.request(path, init);
    await assertDescribed(method, path, answer);
    return answer;
  }

  /** The body of an answer. */
  async read<T>(...request: Parameters<ApiStage['ask']>): Promise<T> {
    return (await this.ask(...request)).json() as Promise<T>;
  }

  /** Puts an object into the bucket and its record into the store. @returns the id of the image */
  async add(name: string, facts: Partial<NewRecord> = {}, tenant: TenantId = DEFAULT_TENANT) {
    const stored = await this.memory.objects.write({ bucket: BUCKET, name, bytes: new Uint8Array([1]) });
    const record = aNewRecord({
      ...{ name, generation: stored ?? generation(1), uploadedAt: this.clock.now() },
      ...{ status: 'done', reason: null, category: 'Handbags', confidence: 0.9, tier: 'AUTO_PROCESS' },
      ...facts,
    });
    const imageId = imageIdOf(BUCKET, name);
    await this.memory.records.create({ tenant, imageId }, record);
    return imageId;
  }
}
