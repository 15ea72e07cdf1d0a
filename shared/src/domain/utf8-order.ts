/**
 * Orders names as bucket listings and Firestore do: by their UTF-8 bytes. JavaScript's own `<` orders by
 * UTF-16 units and differs where a name mixes emoji with characters from U+E000 on.
 */
export function compareUtf8(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
