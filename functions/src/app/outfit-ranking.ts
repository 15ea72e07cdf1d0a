import { askForJson, type EndpointOptions } from '@hangtag/shared/adapters/opinion/chat-endpoint.js';
import type { Config } from '@hangtag/shared/config.js';
import { RANKING_INSTRUCTION, RANKING_SCHEMA } from '@hangtag/wardrobe/ranking.js';
import type { AskRanking } from '../wardrobe/rank-outfits.js';
import { ENDPOINTS } from './second-opinion.js';

/** A person waits for the outfits: one attempt, and not for long. */
const RANKING: Pick<EndpointOptions, 'backoff' | 'timeoutMs'> = {
  backoff: { retries: 0, firstDelayMs: 0, limitMs: 5_000 },
  timeoutMs: 5_000,
};
/** Ten outfits with a reason each. */
const MOST_OUTPUT_TOKENS = 1_500;

/** @returns undefined if no language model ranks outfits */
export function outfitRankingOf(config: Config): AskRanking | undefined {
  const { HANGTAG_OUTFIT_RANKING: name, HANGTAG_OUTFIT_RANKING_KEY: key } = config;
  if (name === 'off') return undefined;
  const { protocol, url } = ENDPOINTS[name];
  const model = config.HANGTAG_OUTFIT_RANKING_MODEL ?? '';
  const options = { ...RANKING, url: config.HANGTAG_OUTFIT_RANKING_URL ?? url, model, key };
  return (text) =>
    askForJson(protocol, options, {
      instruction: RANKING_INSTRUCTION,
      content: { text },
      answer: { name: 'outfits', schema: RANKING_SCHEMA },
      mostOutputTokens: MOST_OUTPUT_TOKENS,
    });
}
