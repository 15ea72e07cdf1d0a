/**
 * Ends the listeners of web pages that are gone. Firestore's emulator (1.19.9) keeps the targets of a WebChannel that has ended, and
 * reads their documents again at every write. It forgets a target only if the client asks for that, which a closed page does not.
 *
 *     POST …/Listen/channel?RID=n                    begins a session; the answer has its id
 *     POST …/Listen/channel?SID=id&RID=n+1           messages of the page: addTarget, removeTarget
 *     GET  …/Listen/channel?SID=id&RID=rpc           what the page receives; when an answer has ended, it asks again
 *     POST …/Listen/channel?SID=id&TYPE=terminate    ends the session; a closed page does not send it
 */
import { once } from 'node:events';
import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { z } from 'zod';
import { orUndefined } from '../indexes/gate.js';
import type { Address } from '../processes/ports.js';
import { forward, type HttpExchange } from '../proxy/http-relay.js';

const CHANNEL = '/google.firestore.v1.Firestore/Listen/channel';
/** A page asks again at once, or 5 to 15 s after a failure. One whose session has ended begins another. */
const GONE_MS = 20_000;

interface Session {
  /** Empty until the emulator has answered. */
  id: string;
  /** `projects/P/databases/D` */
  readonly database: string;
  readonly targets: Set<number>;
  /** Of the latest messages. The emulator takes them in this order. */
  requestId: number;
  messages: number;
  openRequests: number;
  end?: NodeJS.Timeout;
}

const message = z.object({
  addTarget: z.object({ targetId: z.number() }).optional(),
  removeTarget: z.number().optional(),
});

export class WebListeners {
  readonly #sessions = new Map<string, Session>();
  readonly #emulator: Address;
  readonly #goneMs: number;

  /** @param goneMs a session without a request for this time has ended */
  constructor(emulator: Address, goneMs = GONE_MS) {
    this.#emulator = emulator;
    this.#goneMs = goneMs;
  }

  /** Passes any request on. */
  async relay(exchange: HttpExchange): Promise<void> {
    const { request, response } = exchange;
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
    const id = query.get('SID');
    if (pathname === CHANNEL && request.method === 'POST' && id === null) return this.#begin(exchange, query);
    const session = this.#sessions.get(id ?? '');
    if (session === undefined) return void request.pipe(forward(exchange, this.#emulator));
    this.#keepDuring(response, session);
    const body = await buffer(request);
    if (query.get('TYPE') === 'terminate') {
      await this.#removeTargets(session);
      query.set('RID', `${session.requestId + 1}`);
      request.url = `${pathname}?${query}`;
    } else if (request.method === 'POST') readMessages(session, query, body);
    forward(exchange, this.#emulator).end(body);
  }

  /** The emulator begins the session also if the page does not wait for the answer. */
  async #begin({ request, response }: HttpExchange, query: URLSearchParams): Promise<void> {
    const session = {
      ...{ id: '', database: query.get('database') ?? '', targets: new Set<number>() },
      ...{ requestId: 0, messages: 0, openRequests: 0 },
    };
    this.#keepDuring(response, session);
    const body = await buffer(request);
    readMessages(session, query, body);
    const answer = await this.#post(request.url ?? '', body, request.headers);
    const content = await text(answer);
    // `52\n[[0,["c","id",...]]]`
    session.id = /\["c","([^"]+)"/.exec(content)?.[1] ?? '';
    if (session.id !== '' && response.destroyed) return this.#end(session);
    if (session.id !== '') this.#sessions.set(session.id, session);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders).end(content);
  }

  #keepDuring(response: ServerResponse, session: Session): void {
    clearTimeout(session.end);
    session.openRequests += 1;
    response.on('close', () => {
      session.openRequests -= 1;
      if (session.openRequests > 0 || !this.#sessions.has(session.id)) return;
      session.end = setTimeout(() => void this.#end(session).catch(() => undefined), this.#goneMs).unref();
    });
  }

  async #end(session: Session): Promise<void> {
    await this.#removeTargets(session);
    await this.#send(session, { TYPE: 'terminate' });
  }

  async #removeTargets(session: Session): Promise<void> {
    this.#sessions.delete(session.id);
    const { database, messages } = session;
    const targets = [...session.targets];
    const form = new URLSearchParams({ count: `${targets.length}`, ofs: `${messages}` });
    for (const [index, removeTarget] of targets.entries())
      form.set(`req${index}___data__`, JSON.stringify({ database, removeTarget }));
    await this.#send(session, {}, form.toString());
  }

  async #send(session: Session, particulars: Readonly<Record<string, string>>, form = ''): Promise<void> {
    const { id: SID, database } = session;
    session.requestId += 1;
    const RID = `${session.requestId}`;
    const query = new URLSearchParams({ VER: '8', database, SID, RID, ...particulars });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await text(await this.#post(`${CHANNEL}?${query}`, form, headers));
  }

  /** @throws Error the emulator does not answer */
  async #post(path: string, body: string | Buffer, headers: OutgoingHttpHeaders): Promise<IncomingMessage> {
    const request = openRequest({ ...this.#emulator, agent: false, method: 'POST', path, headers });
    request.end(body);
    const [answer] = await once(request, 'response');
    return answer;
  }
}

/** @param body a form: `count`, `ofs`, which is the number of all messages before, and `req0___data__` and so on */
function readMessages(session: Session, query: URLSearchParams, body: Buffer): void {
  session.requestId = Number(query.get('RID'));
  const form = new URLSearchParams(body.toString());
  session.messages = Number(form.get('ofs')) + Number(form.get('count'));
  for (const [name, value] of form) {
    if (!name.endsWith('___data__')) continue;
    // The emulator answers what is wrong with one that cannot be read.
    const { addTarget, removeTarget } = orUndefined(() => message.parse(JSON.parse(value))) ?? {};
    if (addTarget !== undefined) session.targets.add(addTarget.targetId);
    if (removeTarget !== undefined) session.targets.delete(removeTarget);
  }
}
