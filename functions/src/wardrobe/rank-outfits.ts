/** Asks a language model for the order of outfits. If it fails, the person gets the outfits in the engine's own order. */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { type TokenPrices, type TokenUse, usdOf } from '@hangtag/shared/domain/opinion.js';
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { failureOf } from '@hangtag/shared/errors.js';
import type { Logger } from '@hangtag/shared/log.js';
import type { OpinionLedger } from '@hangtag/shared/ports/second-opinion.js';
import type { Need } from '@hangtag/wardrobe/engine/occasion.js';
import type { Outfit } from '@hangtag/wardrobe/engine/outfits.js';
import { inOrder, rankingQuestion } from '@hangtag/wardrobe/ranking.js';

/** @throws {TransientError} the endpoint did not answer in time, or refused */
export type AskRanking = (question: string) => Promise<{ readonly content: unknown; readonly use: TokenUse }>;

export interface RankingPorts {
  readonly ask: AskRanking;
  readonly ledger: OpinionLedger;
  /** US dollars that the answers of one tenant may cost in a day. The last one may exceed it by its own cost. */
  readonly dailyUsd: number;
  readonly prices: TokenPrices;
  readonly log: Logger;
}

interface Question extends Pick<Need, 'day' | 'occasion' | 'weather'> {
  readonly tenant: TenantId;
  readonly today: Day;
}

/** @returns the same outfits, each with the words of the model before its reasons; or as they were */
export async function rankOutfits(
  outfits: readonly Outfit[],
  { tenant, today, ...need }: Question,
  { ask, ledger, dailyUsd, prices, log }: RankingPorts,
): Promise<readonly Outfit[]> {
  if (outfits.length === 0) return outfits;
  const asTheyWere = (because: string) => {
    log.warn({ function: 'api', outcome: 'outfits-not-ranked', tenant, because });
    return outfits;
  };
  try {
    if ((await ledger.of(tenant, today)).usd >= dailyUsd) return asTheyWere('over-budget');
    const { content, use } = await ask(rankingQuestion(outfits, need));
    await ledger.add(tenant, today, usdOf(use, prices));
    return inOrder(outfits, content) ?? asTheyWere('unusable-answer');
  } catch (error) {
    return asTheyWere(failureOf(error).message);
  }
}
