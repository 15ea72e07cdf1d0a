import { fileURLToPath } from 'node:url';

/** The shipped model. */
export const MODEL_DIR = fileURLToPath(new URL('../../../models/fashion-mobilenetv2', import.meta.url));
