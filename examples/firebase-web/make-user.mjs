/** Makes the user of the sample app in the Auth emulator, with the claim that makes it a member of a tenant. */
import { initializeApp } from 'firebase-admin/app';
import { getAuth } from 'firebase-admin/auth';

process.env.FIREBASE_AUTH_EMULATOR_HOST ??= '127.0.0.1:9099';
initializeApp({ projectId: 'demo-hangtag' });
const auth = getAuth();
const { uid } = await auth.createUser({ email: 'ann@example.com', password: 'password' });
await auth.setCustomUserClaims(uid, { tenant: 'default' });
console.log(`Made ann@example.com (${uid}), a member of the tenant default.`);
