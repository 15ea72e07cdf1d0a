/**
 * Protects a server without credentials on loopback from web pages that its user visits:
 *
 * - DNS rebinding: a page's own domain name resolves to 127.0.0.1. Its requests have that name as Host.
 * - Forms, scripts and images of a page: the browser names the page in Origin or Referer, or the relation in Sec-Fetch-Site.
 *
 * A program sends none of these three. A page on loopback (a development server on another port) is accepted.
 * Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 */

import type { IncomingHttpHeaders, RequestListener } from 'node:http';

/** Names and addresses of the server and of pages, in addition to those of loopback: comma-separated. */
const ALLOWED_HOSTS = 'HANGTAG_ALLOWED_HOSTS';

export interface Allowed {
  /** The default is the environment variable HANGTAG_ALLOWED_HOSTS. */
  readonly hosts?: readonly string[];
  /** Whether a page of this origin may send requests although its host is not allowed. */
  readonly origin?: (origin: string, url: string) => boolean;
}

/** Answers a request of a foreign site with 403. All others reach the listener. */
export function onlyLocal(listener: RequestListener, allowed: Allowed = {}): RequestListener {
  const hosts = new Set(allowed.hosts ?? process.env[ALLOWED_HOSTS]?.split(',').map((name) => name.trim()));
  const isAllowed = (host: string | undefined) => host !== undefined && (isLoopback(host) || hosts.has(host));
  return (request, response) => {
    const isAllowedPage = (page: string) =>
      isAllowed(hostOf(page)) || allowed.origin?.(page, request.url ?? '/') === true;
    const refusal = refusalOf(request.headers, { isAllowed, isAllowedPage });
    if (refusal === undefined) return listener(request, response);
    request.resume();
    response.writeHead(403, { 'content-type': 'text/plain; charset=UTF-8', connection: 'close' });
    response.end(`${refusal}. To allow a host, set ${ALLOWED_HOSTS}.\n`);
  };
}

interface Checks {
  readonly isAllowed: (host: string | undefined) => boolean;
  readonly isAllowedPage: (page: string) => boolean;
}

/** @returns why the request is refused, or undefined */
function refusalOf(headers: IncomingHttpHeaders, { isAllowed, isAllowedPage }: Checks): string | undefined {
  const host = headers.host ?? '';
  if (!isAllowed(hostOf(`http://${host}`))) return `Expected a loopback name for Host but received ${host}`;
  const page = headers.origin ?? originOf(headers.referer);
  if (page !== undefined)
    return isAllowedPage(page) ? undefined : `Expected a local page but received ${page}`;
  const site = headers['sec-fetch-site'];
  return site === 'cross-site'
    ? 'Expected a request of a local page but received one of another site'
    : undefined;
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
  );
}

/** The host name without the port, or undefined for what is not a URL of a web page (an Origin can be `null`). */
function hostOf(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isPlain = parsed?.username === '' && /^https?:$/.test(parsed.protocol);
  return isPlain ? parsed.hostname : undefined;
}

function originOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : url;
}
