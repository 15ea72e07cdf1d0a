/**
 * A running handler of which each port call waits for the scheduler: anything can happen between two calls, and at each call
 * the process can crash, just before it or just after its effect.
 *
 *     handler ── await port.call() ──┐ waits                    ┌── goes on to the next call, or ends
 *     scheduler                      └── step() ── performs it ─┘
 */

interface PendingCall {
  readonly name: string;
  /** Performs the call; its answer is kept from the handler until `reply`. */
  readonly perform: () => Promise<unknown>;
  readonly reply: () => Promise<void>;
}

export type Ending = { readonly kind: 'returned' } | { readonly kind: 'threw'; readonly error: unknown };

export class Task {
  readonly name: string;
  /** Undefined while it works, and after a crash. */
  ending: Ending | undefined;
  readonly #calls: PendingCall[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Starts the work and runs it to its first port call. */
  async start(work: () => Promise<unknown>): Promise<void> {
    work().then(
      () => {
        this.ending = { kind: 'returned' };
      },
      (error: unknown) => {
        this.ending = { kind: 'threw', error };
      },
    );
    await allMicrotasks();
  }

  get nextCall(): string {
    return this.#calls[0]?.name ?? 'nothing';
  }

  /** Performs the next port call and runs the work to the one after it. */
  async step(): Promise<void> {
    await this.#calls.shift()?.reply();
    await allMicrotasks();
  }

  /** Performs the next port call without its answer: the process crashed meanwhile. */
  async dieAfterCall(): Promise<void> {
    await this.#calls
      .shift()
      ?.perform()
      .catch(() => undefined);
  }

  /** A port of which each call waits for the scheduler. */
  gate<Port extends object>(port: Port, portName: string): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        const call = (...args: unknown[]) =>
          this.#call(`${portName}.${String(property)}`, () => member.apply(target, args));
        return property === 'scan' ? (...args: unknown[]) => iterate(call(...args)) : call;
      },
    });
  }

  #call(name: string, perform: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const performed = async () => collected(await perform());
      this.#calls.push({ name, perform: performed, reply: () => performed().then(resolve, reject) });
    });
  }
}

/** A stream is read as a whole, as one port call. */
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
