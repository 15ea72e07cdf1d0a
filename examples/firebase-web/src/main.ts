/** Sign in, upload images with progress, and see their labels as they appear. */
import { FirebaseError } from 'firebase/app';
import { collection, limit, onSnapshot, orderBy, query } from 'firebase/firestore';
import { ref, uploadBytesResumable } from 'firebase/storage';
import { firestore, signIn, storage, tenant } from './firebase.js';
import './style.css';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const message = element('message');

element<HTMLFormElement>('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  try {
    const uid = await signIn(String(form.get('email')), String(form.get('password')));
    showApp(uid);
  } catch (error) {
    showError('Sign in', error);
  }
});

function showApp(uid: string): void {
  message.textContent = `Signed in as ${uid}`;
  element('sign-in').hidden = true;
  element('app').hidden = false;
  element<HTMLInputElement>('files').addEventListener('change', (event) => {
    for (const file of (event.currentTarget as HTMLInputElement).files ?? []) upload(file, uid);
  });
  const latest = query(
    collection(firestore, `tenants/${tenant}/images`),
    orderBy('updatedAt', 'desc'),
    limit(50),
  );
  onSnapshot(
    latest,
    ({ docs }) => showLabels(docs.map((doc) => doc.data())),
    (error) => showError('Labels', error),
  );
}

/** The security rules want the owner in the metadata, and a name that no other image has. */
function upload(file: File, uid: string): void {
  const name = `tenants/${tenant}/${uid}/${crypto.randomUUID()}-${file.name}`;
  const row = element('uploads').appendChild(document.createElement('li'));
  const bar = document.createElement('progress');
  row.append(file.name, ' ', bar);
  const task = uploadBytesResumable(ref(storage, name), file, {
    contentType: file.type,
    customMetadata: { owner: uid },
  });
  task.on(
    'state_changed',
    ({ bytesTransferred, totalBytes }) => {
      bar.value = bytesTransferred / totalBytes;
    },
    (error) => {
      row.remove();
      showError(file.name, error);
    },
    () => row.remove(),
  );
}

/** A record has no category until its image is labelled, and none where the image failed. */
function showLabels(records: readonly Record<string, unknown>[]): void {
  const rows = records.map(({ name, status, category, confidence, tier, reason }) => {
    const row = document.createElement('tr');
    const certainty = typeof confidence === 'number' ? `${Math.round(confidence * 100)} %` : '';
    for (const text of [
      String(name).split('/').at(-1)?.slice(37),
      status,
      category ?? reason,
      certainty,
      tier,
    ])
      row.insertCell().textContent = String(text ?? '');
    return row;
  });
  element('labels').replaceChildren(...rows);
}

/** The codes of the SDKs: `auth/wrong-password`, `storage/unauthorized`, `permission-denied`, ... */
function showError(what: string, error: unknown): void {
  message.textContent = `${what}: ${error instanceof FirebaseError ? error.code : String(error)}`;
}
