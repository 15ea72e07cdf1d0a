import { lockLoaders } from '../../imaging/libvips.js';
import { webpThumbnail } from '../../imaging/thumbnail.js';
import { serve } from './serve.js';

/** The program of a worker process that makes thumbnails. It loads no model. */
lockLoaders();
await serve(async () => ({ model: { id: 'none', version: '0', sha256: '' }, classify: webpThumbnail }));
