/**
 * Firestore's client, for dynamic imports. Where a CommonJS package is imported dynamically, a bundle keeps its default export
 * only; from this module it keeps the name.
 */
export { Firestore } from '@google-cloud/firestore';
