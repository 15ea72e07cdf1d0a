/** Headers of the page: those of the server of `npm start`, and those of Firebase Hosting. */

export interface Origins {
  /** The page also reads and uploads there. */
  readonly pictures: readonly string[];
  readonly others: readonly string[];
  /** Scripts and frames of a sign-in with Google. */
  readonly scripts?: readonly string[];
  readonly frames?: readonly string[];
}

export function pageHeaders(origins: Origins): Readonly<Record<string, string>> {
  const { pictures, others, scripts = [], frames = [] } = origins;
  const policy = [
    "default-src 'none'",
    `script-src ${["'self'", ...scripts].join(' ')}`,
    "style-src 'self'",
    `img-src ${["'self'", ...pictures].join(' ')}`,
    `connect-src ${["'self'", ...pictures, ...others].join(' ')}`,
    `frame-src ${frames.length === 0 ? "'none'" : frames.join(' ')}`,
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

/** Ports of emulators on this machine. */
export type HostedPorts = Readonly<Record<'firestore' | 'storage' | 'auth', number>>;

/** With Firebase Hosting, the page uses Google's services or the emulators, and signs people in. */
export function hostingHeaders({ firestore, storage, auth }: HostedPorts): Readonly<Record<string, string>> {
  return pageHeaders({
    pictures: ['https://*.googleapis.com', `http://127.0.0.1:${storage}`],
    others: [`http://127.0.0.1:${firestore}`, `http://127.0.0.1:${auth}`],
    scripts: ['https://apis.google.com'],
    frames: ['https://*.firebaseapp.com'],
  });
}
