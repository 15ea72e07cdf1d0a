/**
 * A handler at work. Each of its port calls waits for the scheduler: between two calls anything may happen, and at each
 * call the process may die, before the call or after it took effect.
 *
 *     handler ── await port.call() ──┐ waits                    ┌── continues to the next call, or ends
 *     scheduler                      └── step() ── performs it ─┘
 *
 * Ports belong to an application, which many tasks share. A call belongs to the task that makes it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface PendingCall {
  readonly name: string;
  /** Performs the call; the handler gets the answer from `reply` alone. */
  readonly perform: () => Promise<unknown>;
  readonly reply: () => Promise<void>;
}

export type Ending = { readonly kind: 'returned' } | { readonly kind: 'threw'; readonly error: unknown };

const current = new AsyncLocalStorage<Task>();

export class Task {
  readonly name: string;
  /** How it ended; undefined while it works, and for ever after a crash. */
  ending: Ending | undefined;
  readonly #calls: PendingCall[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Starts the work and runs it to its first port call. */
  async start(work: () => Promise<unknown>): Promise<void> {
    current.run(this, work).then(
      () => {
        this.ending = { kind: 'returned' };
      },
      (error: unknown) => {
        this.ending = { kind: 'threw', error };
      },
    );
    await allMicrotasks();
  }

  get hasCall(): boolean {
    return this.#calls.length > 0;
  }

  get nextCall(): string {
    return this.#calls[0]?.name ?? 'nothing';
  }

  /** Performs the next port call and runs the work to the call after it. */
  async step(): Promise<void> {
    await this.#calls.shift()?.reply();
    await allMicrotasks();
  }

  /** Performs the next port call, whose answer never arrives: the process died between. */
  async dieAfterCall(): Promise<void> {
    await this.#calls
      .shift()
      ?.perform()
      .catch(() => undefined);
  }

  call(name: string, perform: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const performed = async () => collected(await perform());
      this.#calls.push({ name, perform: performed, reply: () => performed().then(resolve, reject) });
    });
  }
}

/** A port whose calls wait for the scheduler. Calls outside of a task are made at once. */
export function gated<Port extends object>(port: Port, portName: string): Port {
  return new Proxy(port, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      const call = (...args: unknown[]) => {
        const perform = () => member.apply(target, args);
        return current.getStore()?.call(`${portName}.${String(property)}`, perform) ?? perform();
      };
      return property === 'scan' ? (...args: unknown[]) => iterate(call(...args)) : call;
    },
  });
}

/** A stream is read at once: one port call for the schedule. */
async function collected(answer: unknown): Promise<unknown> {
  if (!isStream(answer)) return answer;
  const all: unknown[] = [];
  for await (const item of answer) all.push(item);
  return all;
}

async function* iterate(answer: Promise<unknown>): AsyncIterable<unknown> {
  const all = await answer;
  if (Array.isArray(all)) yield* all;
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function allMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
