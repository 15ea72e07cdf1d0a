import { GEMINI } from '@hangtag/shared/adapters/opinion/gemini.js';
import { OPENAI } from '@hangtag/shared/adapters/opinion/openai.js';
import { visionEndpoint } from '@hangtag/shared/adapters/opinion/vision-endpoint.js';
import type { Config } from '@hangtag/shared/config.js';
import type { SecondOpinion } from '@hangtag/shared/ports/second-opinion.js';

const GEMINI_URL = 'https://generativelanguage.googleapis.com/v1beta';
const OPENAI_URL = 'https://api.openai.com/v1';

/** @returns undefined if no vision model is asked */
export function secondOpinionOf(config: Config): SecondOpinion | undefined {
  const { HANGTAG_SECOND_OPINION: protocol, HANGTAG_SECOND_OPINION_KEY: key } = config;
  const model = config.HANGTAG_SECOND_OPINION_MODEL ?? '';
  switch (protocol) {
    case 'off':
      return undefined;
    case 'gemini':
      return visionEndpoint(GEMINI, { url: config.HANGTAG_SECOND_OPINION_URL ?? GEMINI_URL, model, key });
    case 'openai':
      return visionEndpoint(OPENAI, { url: config.HANGTAG_SECOND_OPINION_URL ?? OPENAI_URL, model, key });
  }
}
