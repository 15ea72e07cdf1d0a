/** A client that signs URLs and policies for a bucket server with a key of its own. The server does not verify signatures. */
import { generateKeyPairSync } from 'node:crypto';
import { Storage } from '@google-cloud/storage';

export function signerFor(apiEndpoint: string): Storage {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const credentials = {
    client_email: 'signer@test.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  return new Storage({ projectId: 'test', apiEndpoint, credentials });
}
