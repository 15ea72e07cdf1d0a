import { GEMINI } from '@hangtag/shared/adapters/opinion/gemini.js';
import { OPENAI } from '@hangtag/shared/adapters/opinion/openai.js';
import { visionEndpoint } from '@hangtag/shared/adapters/opinion/vision-endpoint.js';
import type { Config } from '@hangtag/shared/config.js';
import type { SecondOpinion } from '@hangtag/shared/ports/second-opinion.js';

export const ENDPOINTS = {
  gemini: { protocol: GEMINI, url: 'https://generativelanguage.googleapis.com/v1beta' },
  openai: { protocol: OPENAI, url: 'https://api.openai.com/v1' },
} as const;

/** @returns undefined if no vision model is asked */
export function secondOpinionOf(config: Config): SecondOpinion | undefined {
  const { HANGTAG_SECOND_OPINION: name, HANGTAG_SECOND_OPINION_KEY: key } = config;
  if (name === 'off') return undefined;
  const { protocol, url } = ENDPOINTS[name];
  const model = config.HANGTAG_SECOND_OPINION_MODEL ?? '';
  return visionEndpoint(protocol, { url: config.HANGTAG_SECOND_OPINION_URL ?? url, model, key });
}
