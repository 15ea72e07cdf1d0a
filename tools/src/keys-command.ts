import { EXIT, type ExitStatus, runCommand } from '@hangtag/emulators/command-line.js';
import { many, oneOf, text, wholeNumber, withDefault } from '@hangtag/emulators/command-options.js';
import {
  createKey,
  type IssuedKey,
  type KeyPorts,
  revokeKey,
  rotateKey,
} from '@hangtag/functions/keys/handler.js';
import { isKeyId, type KeyId, keyStateOf, SCOPES, type Scope } from '@hangtag/shared/domain/api-key.js';
import { DEFAULT_TENANT, isTenantId, type TenantId } from '@hangtag/shared/domain/identity.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { openTarget, TARGET_OPTIONS, TENANT } from './target.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const COMMAND = {
  name: 'npm run keys',
  what: `Manages the API keys of a tenant.
  create --name N --scope S ...   makes a key and prints it; it is not shown again
  list                            lists all keys
  rotate ID                       makes a new key; the old one is valid for the grace time
  revoke ID                       ends a key; processes that use it accept it for at most one more minute`,
  options: {
    tenant: withDefault(TENANT, DEFAULT_TENANT),
    name: text('N', 'create: which program has the key'),
    scope: many(oneOf(SCOPES, 'create: what the key may do; give it several times')),
    'expires-in-days': wholeNumber('N', 'create: days until it expires (never)', { min: 1, max: 3_650 }),
    'grace-hours': withDefault(
      wholeNumber('N', 'rotate: hours for which the old key stays valid (24)', { min: 0, max: 8_760 }),
      24,
    ),
    ...TARGET_OPTIONS,
  },
  words: { value: 'create, list, rotate ID or revoke ID', min: 1, max: 2 },
} as const;

interface KeyOptions {
  readonly name: string | undefined;
  readonly scope: readonly Scope[];
  readonly 'expires-in-days': number | undefined;
  readonly 'grace-hours': number;
}

await runCommand(COMMAND, async ({ options, words }) => {
  const { tenant } = options;
  if (!isTenantId(tenant)) throw new UsageError(`Expected a tenant id but received "${tenant}"`);
  const act = actionOf(words, options, tenant);
  await using app = await openTarget(options);
  return act(await app.keys());
});

type Act = (ports: KeyPorts) => Promise<ExitStatus>;

/** @throws {UsageError} */
function actionOf([action, id]: readonly string[], options: KeyOptions, tenant: TenantId): Act {
  switch (action) {
    case 'create':
      assertNoId(action, id);
      return create(options, tenant);
    case 'list':
      assertNoId(action, id);
      assertNoRights(action, options);
      return (ports) => list(tenant, ports);
    case 'rotate': {
      assertNoRights(action, options);
      const address = { tenant, id: keyIdOf(id) };
      return async (ports) =>
        print(await rotateKey(address, options['grace-hours'] * HOUR_MS, ports), address.id);
    }
    case 'revoke': {
      assertNoRights(action, options);
      const address = { tenant, id: keyIdOf(id) };
      return async (ports) => {
        if ((await revokeKey(address, ports)) === undefined) return unknownKey(address.id);
        console.log(`Revoked ${address.id}.`);
        return EXIT.done;
      };
    }
    default:
      throw new UsageError(`Expected create, list, rotate or revoke but received "${action}"`);
  }
}

/** @throws {UsageError} */
function assertNoId(action: string, id: string | undefined): void {
  if (id !== undefined) throw new UsageError(`Expected no ID for ${action} but received "${id}"`);
}

/** The new key of a rotation has the rights of the old one. @throws {UsageError} */
function assertNoRights(action: string, { name, scope, 'expires-in-days': days }: KeyOptions): void {
  if (name !== undefined || scope.length > 0 || days !== undefined)
    throw new UsageError(`Expected no --name, --scope or --expires-in-days for ${action}`);
}

function create({ name, scope: scopes, 'expires-in-days': days }: KeyOptions, tenant: TenantId): Act {
  if (name === undefined) throw new UsageError('Expected --name N for create but received none');
  if (scopes.length === 0) throw new UsageError('Expected --scope S for create but received none');
  return async (ports) => {
    const expiresAt = days === undefined ? null : ports.clock.now() + days * DAY_MS;
    return print(await createKey({ tenant, name, scopes, expiresAt }, ports), name);
  };
}

async function list(tenant: TenantId, { keys, clock }: KeyPorts): Promise<ExitStatus> {
  for (const key of await keys.list(tenant)) {
    const { digest, createdAt, expiresAt, revokedAt, lastUsedAt, ...shown } = key;
    const instants = Object.entries({ createdAt, expiresAt, revokedAt, lastUsedAt }).map(([name, at]) => [
      name,
      at === null ? null : new Date(at).toISOString(),
    ]);
    const state = keyStateOf(key, clock.now());
    console.log(JSON.stringify({ ...shown, state, ...Object.fromEntries(instants) }));
  }
  return EXIT.done;
}

/** Only the key itself goes to standard output, so that it can be piped into a store of secrets. */
function print(issued: IssuedKey | undefined, name: string): ExitStatus {
  if (issued === undefined) return unknownKey(name);
  console.error('The key is shown only now:');
  console.log(issued.text);
  return EXIT.done;
}

function unknownKey(id: string): ExitStatus {
  console.error(`Expected a key of this tenant but found none with the id ${id}`);
  return EXIT.unfinished;
}

function keyIdOf(text = ''): KeyId {
  if (isKeyId(text)) return text;
  throw new UsageError(`Expected the id of a key, twelve hexadecimal digits, but received "${text}"`);
}
