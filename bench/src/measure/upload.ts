/** A minimal client that uploads bytes: its processor time comes from the cores that are measured. */
import { Agent, request } from 'node:http';

export interface Uploader {
  /** Resolves when the bucket has the object. @throws Error if the bucket rejects it */
  put(name: string, image: Uint8Array): Promise<void>;
  close(): void;
}

/** @param bucketUrl address of the bucket server, without a path */
export function uploaderTo(bucketUrl: string, bucket: string): Uploader {
  const agent = new Agent({ keepAlive: true });
  const base = `${bucketUrl}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=`;
  return {
    put: (name, image) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'image/jpeg', 'content-length': image.length };
        const url = `${base}${encodeURIComponent(name)}`;
        const upload = request(url, { method: 'POST', agent, headers }, (response) => {
          response.once('error', reject);
          response.once('end', () => {
            if (response.statusCode === 200) resolve();
            else
              reject(new Error(`Expected 200 for the upload of ${name} but received ${response.statusCode}`));
          });
          response.resume();
        });
        upload.once('error', reject);
        upload.end(image);
      }),
    close: () => agent.destroy(),
  };
}
