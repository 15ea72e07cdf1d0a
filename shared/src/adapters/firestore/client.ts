/**
 * Firestore's client, for whoever loads it when needed. By name: of a CommonJS package that is imported dynamically a
 * bundle keeps the default alone.
 */
export { Firestore } from '@google-cloud/firestore';
