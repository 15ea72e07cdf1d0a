import { cloudEvent, http } from '@google-cloud/functions-framework';
import { getFunction } from '@google-cloud/functions-framework/testing';

/** The part of a firebase-functions v2 declaration that tells events from requests. */
interface Declared {
  readonly __endpoint?: { readonly eventTrigger?: unknown };
}

type Callable = ((...args: unknown[]) => unknown) & Declared;

/**
 * Makes the targets known to functions-framework: those that the entry registered itself as they are, the
 * firebase-functions declarations among its exports as what they declare.
 *
 * @throws RangeError for a target that the entry neither registers nor exports
 */
export function registerTargets(entry: Readonly<Record<string, unknown>>, targets: readonly string[]): void {
  for (const target of targets) {
    if (getFunction(target) !== undefined) continue;
    const declaration = entry[target];
    if (!isCallable(declaration)) {
      const functions = Object.keys(entry).filter((name) => isCallable(entry[name]));
      throw new RangeError(`Expected one of ${functions.join(', ')} for the target but received ${target}`);
    }
    if (declaration.__endpoint?.eventTrigger === undefined) http(target, declaration);
    else cloudEvent(target, declaration);
  }
}

function isCallable(value: unknown): value is Callable {
  return typeof value === 'function';
}
