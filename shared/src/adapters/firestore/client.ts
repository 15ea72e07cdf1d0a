/**
 * Firestore's client, for dynamic imports. In a bundle, a CommonJS package that is imported dynamically has only its default
 * export; this module keeps the named export.
 */
export { Firestore } from '@google-cloud/firestore';
