import type { z } from 'zod';

/** The issues of a parse, a line each: the field and what is wrong with it. */
export function describeIssues({ issues }: z.ZodError): readonly string[] {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
}
