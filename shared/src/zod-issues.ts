import { z } from 'zod';

/** The issues of a parse, a line each: the field and what is wrong with it. */
export function describeIssues({ issues }: z.ZodError): readonly string[] {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
}

/** Turns an exception of `parse` into an issue of zod. */
export function checked<I, T>(parse: (input: I) => T) {
  return (input: I, context: z.RefinementCtx): T => {
    try {
      return parse(input);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  };
}
