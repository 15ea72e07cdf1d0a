/**
 * Fetches a calendar from an address that a person gave. Only public addresses are reached: each address that a name resolves to
 * is checked where the connection is made, so that a name cannot change its address after the check.
 */
import { lookup } from 'node:dns';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { InputError } from '@hangtag/shared/errors.js';

const MOST_BYTES = 5_000_000;
const MOST_REDIRECTS = 3;
const TIME_LIMIT_MS = 15_000;

/** https://www.iana.org/assignments/iana-ipv4-special-registry and its twin for IPv6. IPv4 addresses in IPv6 are checked as IPv4. */
const NOT_PUBLIC = {
  ipv4: [
    '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
    '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
  ],
  ipv6: [
    '::/127 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 fe80::/10 ff00::/8',
  ],
} as const;

const blocked = new BlockList();
for (const family of ['ipv4', 'ipv6'] as const) {
  for (const range of NOT_PUBLIC[family].join(' ').split(' ')) {
    const [address = '', bits] = range.split('/');
    blocked.addSubnet(address, Number(bits), family);
  }
}

export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !blocked.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

export type IsAllowed = (address: string) => boolean;

/** @throws {InputError} the address is not public, does not answer with a calendar, or answers with too much */
export async function fetchCalendar(
  address: string,
  isAllowed: IsAllowed = isPublicAddress,
): Promise<string> {
  const url = new URL(address.replace(/^webcal:/i, 'https:'));
  const { host } = url;
  try {
    return await follow(url, { isAllowed, signal: AbortSignal.timeout(TIME_LIMIT_MS) });
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`Expected a calendar at ${host} but it cannot be reached`, { cause: error });
  }
}

interface Reach {
  readonly isAllowed: IsAllowed;
  readonly signal: AbortSignal;
}

async function follow(first: URL, reach: Reach): Promise<string> {
  let url = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const response = await request(url, reach);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return textOf(response);
    response.destroy();
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) {
      throw new InputError(`Expected a calendar at ${url.host} but received the status ${statusCode}`);
    }
    url = new URL(headers.location, url);
  }
  throw new InputError(`Expected at most ${MOST_REDIRECTS} redirects of ${first.host}`);
}

function request(url: URL, { isAllowed, signal }: Reach): Promise<IncomingMessage> {
  if (!/^https?:$/.test(url.protocol))
    throw new InputError(`Expected http or https but received ${url.protocol}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is not looked up.
  if (isIP(host) !== 0 && !isAllowed(host)) throw notPublic(host);
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  const options = { signal, lookup: lookupOf(isAllowed), agent: false, headers: { accept: 'text/calendar' } };
  return new Promise((resolve, reject) => {
    get(url, options, resolve).on('error', reject);
  });
}

function lookupOf(isAllowed: IsAllowed): LookupFunction {
  return (host, options, answer) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return answer(error, '');
      if (!addresses.every(({ address }) => isAllowed(address))) return answer(notPublic(host), '');
      return options.all === true ? answer(null, addresses) : answer(null, first.address, first.family);
    });
  };
}

function notPublic(host: string): InputError {
  return new InputError(`Expected a public address but received ${host}`);
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    bytes += piece.length;
    if (bytes > MOST_BYTES)
      throw new InputError(`Expected a calendar of at most ${MOST_BYTES} bytes but received more`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
