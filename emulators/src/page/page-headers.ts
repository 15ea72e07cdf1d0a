/** Headers of the page: the server of `npm start` and Firebase Hosting send the same. */

/** Firestore, Storage and Auth in production. */
export const GOOGLE_ORIGINS = ['https://*.googleapis.com'] as const;

export interface Origins {
  /** The page also reads and uploads there. */
  readonly pictures: readonly string[];
  readonly others: readonly string[];
}

export function pageHeaders({ pictures, others }: Origins): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' ${pictures.join(' ')}`,
    `connect-src 'self' ${[...pictures, ...others].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}
