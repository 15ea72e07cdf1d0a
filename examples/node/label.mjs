/** Uploads an image and waits for its label: node label.mjs photo.jpg */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { initializeApp } from 'firebase-admin/app';
import { getFirestore } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('Expected the path of an image. Type: node label.mjs photo.jpg');

initializeApp({
  projectId: process.env.GCLOUD_PROJECT ?? 'demo-hangtag',
  storageBucket: process.env.HANGTAG_BUCKET ?? 'hangtag-images',
});
const firestore = getFirestore();
const name = `tenants/default/${randomUUID()}/${basename(path)}`;
const images = firestore.collection('tenants/default/images').where('name', '==', name);

const { status, reason, category, confidence, tier } = await new Promise((resolve, reject) => {
  const stop = images.onSnapshot(({ docs: [record] }) => {
    // A record is `queued` until the image is labelled, or cannot be.
    if (record === undefined || record.get('status') === 'queued') return;
    stop();
    resolve(record.data());
  }, reject);
  const options = { destination: name, metadata: { metadata: { owner: 'ann' } } };
  getStorage().bucket().upload(path, options).catch(reject);
});
console.log(JSON.stringify({ name, status, reason, category, confidence, tier }, null, 2));
await firestore.terminate();
