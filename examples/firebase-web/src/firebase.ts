/** Firebase, connected to emulators. For a project of your own, remove the three `connect` calls and add its configuration. */
import { initializeApp } from 'firebase/app';
import { connectAuthEmulator, getAuth, signInWithEmailAndPassword } from 'firebase/auth';
import { connectFirestoreEmulator, getFirestore } from 'firebase/firestore';
import { connectStorageEmulator, getStorage } from 'firebase/storage';

const env = import.meta.env;
const app = initializeApp({
  projectId: env['VITE_PROJECT'],
  storageBucket: env['VITE_BUCKET'],
  apiKey: 'any-key-on-an-emulator',
});

export const firestore = getFirestore(app);
export const storage = getStorage(app);
/** Users belong to one tenant: their claim `tenant`, which an administrator sets. */
export const tenant: string = env['VITE_TENANT'];

/** Signs in with the Auth emulator, or without one as a user that is made up. @returns the uid */
export async function signIn(email: string, password: string): Promise<string> {
  const usesAuth = Boolean(env['VITE_AUTH']);
  const uid = email.split('@')[0] || 'guest';
  const options = usesAuth ? {} : { mockUserToken: { sub: uid, tenant } };
  const [storageHost, storagePort] = addressOf(env['VITE_STORAGE']);
  const [firestoreHost, firestorePort] = addressOf(env['VITE_FIRESTORE']);
  connectStorageEmulator(storage, storageHost, storagePort, options);
  connectFirestoreEmulator(firestore, firestoreHost, firestorePort, options);
  if (!usesAuth) return uid;
  const auth = getAuth(app);
  connectAuthEmulator(auth, `http://${env['VITE_AUTH']}`, { disableWarnings: true });
  return (await signInWithEmailAndPassword(auth, email, password)).user.uid;
}

function addressOf(address: string): [host: string, port: number] {
  const [host = '', port] = address.split(':');
  return [host, Number(port)];
}
