/** Simulates a killed process: after a number of calls, none of its ports answers. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

export class Lifetime {
  calls = 0;

  constructor(readonly lastCall: number) {}

  /** Counts a call. @throws {Killed} after the last call */
  countCall(): void {
    this.calls += 1;
    if (this.calls > this.lastCall) throw new Killed(`killed at call ${this.calls}`);
  }
}

/** The same port, whose methods throw after the last call: before their effect, or after it. */
export function killable<T extends object>(port: T, lifetime: Lifetime): T {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        lifetime.countCall();
        const result: unknown = member.apply(target, args);
        return result instanceof Promise ? result.finally(() => lifetime.countCall()) : result;
      };
    },
  });
}
