import { fileURLToPath } from 'node:url';

/** The folder of the checkout, which is not always the working directory. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url));
