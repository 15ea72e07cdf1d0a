/**
 * Names of categories that are safe as a folder name and in a table cell. `firestore.rules` checks corrections by the
 * same pattern: change both together.
 *
 * Letters and digits of any script, and `&'’()+,%_-`, with single spaces and full stops between them. So there are no
 * slashes, no `..`, no control or invisible characters, and nothing that a spreadsheet takes for a formula.
 */
const CATEGORY = /^[\p{L}\p{N}](\.? ?[\p{L}\p{M}\p{N}&'’()+,%_-])*$/u;

export const MAX_CATEGORY_LENGTH = 100;
/** For messages. */
export const CATEGORY_FORM = `letters, digits and &'’()+,%_- with single spaces or full stops between, at most ${MAX_CATEGORY_LENGTH} characters`;

export function isCategory(text: string): boolean {
  return text.length <= MAX_CATEGORY_LENGTH && CATEGORY.test(text);
}
