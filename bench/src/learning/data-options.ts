import { text, withDefault } from '@hangtag/emulators/command-options.js';
import { folder } from '@hangtag/emulators/path-options.js';

/** Of the commands that measure on data sets, which are not part of the project. */
export const DATA_OPTIONS = {
  data: withDefault(folder('the data sets (../shared/data)'), '../shared/data'),
  cache: withDefault(
    text('DIR', 'for pictures and embeddings (/tmp/hangtag-learning)'),
    '/tmp/hangtag-learning',
  ),
  model: withDefault(folder('the model (models/fashion-mobilenetv2)'), 'models/fashion-mobilenetv2'),
} as const;
