/**
 * Gives a user of the Auth emulator the claims of a member of a tenant, and makes the user if it does not exist:
 *
 *     node make-user.mjs [EMAIL [TENANT [ROLE]]]
 */
import { initializeApp } from 'firebase-admin/app';
import { getAuth } from 'firebase-admin/auth';

const [email = 'ann@example.com', tenant = 'default', role = 'reviewer'] = process.argv.slice(2);
process.env.FIREBASE_AUTH_EMULATOR_HOST ??= '127.0.0.1:9099';
initializeApp({ projectId: 'demo-hangtag' });
const auth = getAuth();
const user = await auth.getUserByEmail(email).catch(() => auth.createUser({ email, password: 'password' }));
await auth.setCustomUserClaims(user.uid, { tenant, role });
console.log(`${email} (${user.uid}) has the claims tenant: ${tenant}, role: ${role}.`);
