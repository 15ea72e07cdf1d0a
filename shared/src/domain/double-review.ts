/**
 * Double review: one of so many images needs the same answer of two people. The fingerprint of the image decides which, so every
 * page and the API select the same. `firestore.rules` has the same rule: change both together.
 *
 * @param check fingerprint of name and generation
 * @param every 1 or more; undefined: no double review
 */
export function needsTwoPeople(check: number, every: number | undefined): boolean {
  return every !== undefined && check % every === 0;
}
