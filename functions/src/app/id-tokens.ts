import {
  EmulatorIdTokens,
  type FindUser,
  FirebaseIdTokens,
} from '@hangtag/shared/adapters/firebase/id-tokens.js';
import type { Config } from '@hangtag/shared/config.js';
import { ConfigError } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { IdTokens } from '@hangtag/shared/ports/id-tokens.js';

/** Unsigned tokens are accepted only beside an Auth emulator and in the local stack. @throws {ConfigError} */
export function idTokensOf(config: Config, clock: Clock, env: NodeJS.ProcessEnv = process.env): IdTokens {
  const projectId = env['GOOGLE_CLOUD_PROJECT'] ?? env['GCLOUD_PROJECT'];
  if (projectId === undefined)
    throw new ConfigError('Expected GOOGLE_CLOUD_PROJECT for ID tokens but found none');
  const settings = { projectId, clock };
  const isLocal = env['FIREBASE_AUTH_EMULATOR_HOST'] !== undefined || config.HANGTAG_API_ACCESS === 'local';
  return isLocal ? new EmulatorIdTokens(settings) : new FirebaseIdTokens(settings, findUser);
}

const findUser: FindUser = async (uid) => {
  const [{ getApps, initializeApp }, { getAuth }] = await Promise.all([
    import('firebase-admin/app'),
    import('firebase-admin/auth'),
  ]);
  const { users } = await getAuth(getApps()[0] ?? initializeApp()).getUsers([{ uid }]);
  const [user] = users;
  return (
    user && { disabled: user.disabled, tokensValidAfterMs: Date.parse(user.tokensValidAfterTime ?? '') || 0 }
  );
};
