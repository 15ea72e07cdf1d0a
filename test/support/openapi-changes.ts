/** Parts of a description that are for people: a change of them breaks no client. */
const FOR_PEOPLE = new Set(['description', 'summary', 'example', 'examples', 'title', 'info']);

/** What a client that relies on `before` no longer finds in `after`, one line for each. */
export function breakingChanges(
  before: unknown,
  after: unknown,
  at: readonly string[] = [],
): readonly string[] {
  const where = at.join('.');
  if (after === undefined) return [`${where}: removed`];
  if (Array.isArray(before) && Array.isArray(after)) return arrayChanges(before, after, at);
  if (!isObject(before) || !isObject(after)) {
    return before === after ? [] : [`${where}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`];
  }
  return Object.keys(before)
    .filter((key) => !FOR_PEOPLE.has(key))
    .flatMap((key) => breakingChanges(before[key], after[key], [...at, key]));
}

function arrayChanges(before: readonly unknown[], after: readonly unknown[], at: readonly string[]) {
  const texts = (values: readonly unknown[]) =>
    values.map((value) => (isObject(value) ? JSON.stringify(value) : String(value)));
  const [old, now] = [texts(before), texts(after)];
  const removed = old
    .filter((value) => !now.includes(value))
    .map((value) => `${at.join('.')}: ${value} removed`);
  const isRequired = at.at(-1) === 'required';
  const needed = isRequired ? now.filter((value) => !old.includes(value)) : [];
  return [...removed, ...needed.map((value) => `${at.join('.')}: now needs ${value}`)];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
