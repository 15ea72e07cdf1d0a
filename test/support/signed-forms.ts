/** Forms with a policy that `@google-cloud/storage` has signed. */
import type { GenerateSignedPostPolicyV4Options, SignedPostPolicyV4Output } from '@google-cloud/storage';
import { signerFor } from './signer.js';

export type PolicyOptions = Partial<GenerateSignedPostPolicyV4Options>;

/** The SDK takes the address of an emulator from the environment. */
export async function policyFor(
  url: string,
  name: string,
  options: PolicyOptions,
): Promise<SignedPostPolicyV4Output> {
  const before = process.env['STORAGE_EMULATOR_HOST'];
  process.env['STORAGE_EMULATOR_HOST'] = url;
  try {
    const file = signerFor(url).bucket('inbox').file(name);
    const [policy] = await file.generateSignedPostPolicyV4({ expires: Date.now() + 60_000, ...options });
    return policy;
  } finally {
    if (before === undefined) delete process.env['STORAGE_EMULATOR_HOST'];
    else process.env['STORAGE_EMULATOR_HOST'] = before;
  }
}

export function formOf(fields: Readonly<Record<string, string>>, file: Blob | undefined): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file !== undefined) form.append('file', file, 'photo.jpg');
  return form;
}
