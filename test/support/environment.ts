type Variables = Readonly<Record<string, string | undefined>>;

/** Runs `work` with other environment variables; undefined: without this one. `process.env` is not replaced, because native code does not see a replacement. */
export async function withEnvironment<T>(changes: Variables, work: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, process.env[name]]));
  try {
    set(changes);
    return await work();
  } finally {
    set(before);
  }
}

function set(variables: Variables): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
