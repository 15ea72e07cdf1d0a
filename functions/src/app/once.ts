/** Makes a value at the first call. A failure is forgotten, so that the next call tries again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** The same functions, each of which makes its value once. */
export function onceEach<M extends { readonly [K in keyof M]: () => Promise<unknown> }>(makers: M): M {
  const entries = Object.entries<() => Promise<unknown>>(makers).map(([name, make]) => [name, once(make)]);
  return Object.fromEntries(entries) as M;
}
