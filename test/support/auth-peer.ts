/**
 * A server that speaks the protocol of Firebase Auth for one account: sign-in by a link, tokens, revocation. Its tokens have no
 * signature, like those of the Auth emulator.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Firebase's SDK refreshes a token 300 s before it expires: here after a second. */
const TOKEN_SECONDS = 301;

const SIGN_IN = {
  email: 'jane@example.com',
  localId: 'jane',
  refreshToken: 'refresh',
  expiresIn: String(TOKEN_SECONDS),
};

export class AuthPeer {
  /** What is refused from now on: tokens, or also the account. */
  revoked: 'nothing' | 'tokens' | 'account' = 'nothing';
  readonly #claims: object;
  readonly #server = createServer((request, response) => {
    const [status, body] = this.#answer(request.url ?? '');
    const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
    response.writeHead(status, { ...headers, 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });

  /** @param claims of the account, such as `tenant` and `role` */
  constructor(claims: object) {
    this.#claims = claims;
  }

  /** @returns `host:port` */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  #answer(url: string): readonly [status: number, body: object] {
    const isTokenRefused = this.revoked !== 'nothing' && url.includes('/v1/token');
    const isAccountRefused = this.revoked === 'account' && url.includes('accounts:lookup');
    if (isTokenRefused || isAccountRefused) return [400, { error: { code: 400, message: 'TOKEN_EXPIRED' } }];
    const idToken = this.#token();
    if (url.includes('accounts:signInWithEmailLink')) return [200, { ...SIGN_IN, idToken }];
    if (url.includes('accounts:lookup')) return [200, { users: [SIGN_IN] }];
    if (url.includes('/v1/token'))
      return [
        200,
        {
          ...{ access_token: idToken, id_token: idToken, refresh_token: 'refresh', user_id: 'jane' },
          ...{ expires_in: String(TOKEN_SECONDS), token_type: 'Bearer', project_id: 'demo-hangtag' },
        },
      ];
    return [200, {}];
  }

  #token(): string {
    const now = Math.floor(Date.now() / 1_000);
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const payload = {
      ...{ iss: 'https://securetoken.google.com/demo-hangtag', aud: 'demo-hangtag' },
      ...{ sub: 'jane', user_id: 'jane', email: SIGN_IN.email },
      ...{
        iat: now,
        auth_time: now,
        exp: now + TOKEN_SECONDS,
        firebase: { identities: {}, sign_in_provider: 'custom' },
      },
      ...this.#claims,
    };
    return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(payload)}.`;
  }
}
