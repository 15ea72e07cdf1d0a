import { lockLoaders } from '../../imaging/libvips.js';
import { loadClassifier } from '../local-classifier.js';
import { serve } from './serve.js';
import type { ModelSettings } from './settings.js';

/** The program of a worker process that serves a model. */
lockLoaders();
await serve<ModelSettings>(({ modelDir, ...options }) => loadClassifier(modelDir, options));
