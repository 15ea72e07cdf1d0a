import { useLayoutEffect } from 'preact/hooks';

/** Enter and space are keys of these, if they have the focus. */
const CONTROLS = 'a, button, summary';

/**
 * Keys of a screen, except in its fields. They are bound when the screen is drawn, and not some time after it: a quick key must not
 * act on the picture before.
 *
 * @param actionOf the action of a key; undefined: it is not one of this screen
 */
export function useKeys(actionOf: (key: string) => (() => void) | undefined): void {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
      const isOnControl = event.target instanceof Element && event.target.matches(CONTROLS);
      if (isOnControl && (event.key === 'Enter' || event.key === ' ')) return;
      const action = actionOf(event.key.length === 1 ? event.key.toLowerCase() : event.key);
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}
