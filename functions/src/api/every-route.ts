import type { RequestListener } from 'node:http';
import type { App } from '../app/app.js';
import type { Mount } from './api-env.js';
import { authenticator } from './authenticate.js';
import { apiListener, STANDALONE } from './listener.js';
import { mountBudget } from './routes/budget.js';
import { mountExport } from './routes/export.js';
import { mountImages } from './routes/images.js';
import { mountKeys } from './routes/keys.js';
import { mountModel } from './routes/model.js';
import { mountModels } from './routes/models.js';
import { mountReplays } from './routes/replays.js';
import { mountReports } from './routes/reports.js';
import { mountSweeps } from './routes/sweeps.js';
import { mountUploads } from './routes/uploads.js';
import { mountWardrobe } from './routes/wardrobe.js';

/** The standalone API does not load this module: the other routes need ten times as much code. */
export const ALL: readonly Mount[] = [
  ...STANDALONE,
  mountImages,
  mountUploads,
  mountReports,
  mountBudget,
  mountModel,
  mountModels,
  mountKeys,
  mountSweeps,
  mountReplays,
  mountExport,
  mountWardrobe,
];

export function listenerOfEveryRoute(app: App): RequestListener {
  return apiListener(
    app,
    ALL,
    authenticator(() => app.credentials()),
  );
}
