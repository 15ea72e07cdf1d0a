import { lockLoaders } from '../../imaging/libvips.js';
import { loadClassifier } from '../local-classifier.js';
import { serve } from './serve.js';
import { parseSettings } from './settings.js';

/** The program of a worker process. Its one argument holds its settings as JSON. */
const { modelDir, engine, limits, maxRssBytes } = parseSettings(process.argv[2]);

lockLoaders();
await serve(() => loadClassifier(modelDir, { engine, limits }), { maxRssBytes });
