import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import type { ActiveModel, ModelRegistry } from '@hangtag/shared/ports/model-registry.js';

/** A registry of one model that has loaded, for every tenant, with the default thresholds unless others are given. */
export function oneModel(classifier: Classifier, settings: Partial<ActiveModel> = {}): ModelRegistry {
  const manifest = { id: 'test-model', version: '1', labels: ['Tops', 'Shirts'] };
  return {
    resolve: async () => ({ classifier, manifest, policy: DEFAULT_VERDICT_POLICY, ...settings }),
    ready: async () => undefined,
    close: () => classifier.close(),
  };
}
