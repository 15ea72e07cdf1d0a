import { fileURLToPath } from 'node:url';

/** Folder of the checkout: what the stack reads of it does not depend on where it was started. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url));
