import { fileURLToPath } from 'node:url';

/** The model that ships. */
export const MODEL_DIR = fileURLToPath(new URL('../../../models/fashion-mobilenetv2', import.meta.url));
