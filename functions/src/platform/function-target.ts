/**
 * FUNCTION_TARGET is `classify`, or `hangtag.classify` if the functions are exported as a group; several have commas between
 * them. Without it, the declarations are only read.
 */
export function isServed(name: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const targets = env['FUNCTION_TARGET']?.split(',');
  return targets?.some((target) => target.slice(target.lastIndexOf('.') + 1) === name) ?? true;
}
