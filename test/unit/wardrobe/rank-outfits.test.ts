/** The order of outfits by a language model, against a server on this machine that speaks both protocols. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { outfitRankingOf } from '@hangtag/functions/app/outfit-ranking.js';
import { rankingPolicyOf } from '@hangtag/functions/app/policies.js';
import { rankOutfits } from '@hangtag/functions/wardrobe/rank-outfits.js';
import { MemoryOpinionLedger } from '@hangtag/shared/adapters/memory/opinion-ledger.js';
import { askForJson } from '@hangtag/shared/adapters/opinion/chat-endpoint.js';
import { OPENAI } from '@hangtag/shared/adapters/opinion/openai.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { createLog } from '@hangtag/shared/log.js';
import type { Item } from '@hangtag/wardrobe/engine/garment.js';
import type { Outfit } from '@hangtag/wardrobe/engine/outfits.js';
import { expect } from 'chai';

const TODAY = '2026-11-30' as Day;
const NEED = { tenant: DEFAULT_TENANT, today: TODAY, day: TODAY, occasion: 'meeting' } as const;

function anItem(id: string, category: string): Item & { readonly name: string } {
  return {
    ...{
      id,
      category,
      name: `jane/private-${id}.jpg`,
      formality: 4,
      seasons: [],
      isDirty: false,
      isLiked: true,
    },
    colours: [{ l: 0.3, c: 0.15, h: 260, share: 0.9 }],
    worn: ['2026-11-20' as Day],
  };
}

const OUTFITS: readonly Outfit[] = ['Shirts', 'Tops', 'Kurtas'].map((category, index) => ({
  items: [anItem(`secret-id-${index}`, category)],
  score: 20 - index,
  reasons: [{ kind: 'formality', weight: 20 - index, text: 'As formal as a meeting' }],
}));

const SAYS = {
  openai: (content: string) => ({
    choices: [{ message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 1_000, completion_tokens: 100 },
  }),
  gemini: (content: string) => ({
    candidates: [{ content: { role: 'model', parts: [{ text: content }] } }],
    usageMetadata: { promptTokenCount: 1_000, candidatesTokenCount: 100 },
  }),
};

function order(...indices: readonly number[]): string {
  return JSON.stringify({ outfits: indices.map((index) => ({ index, reason: `Number ${index} suits.` })) });
}

for (const protocol of ['openai', 'gemini'] as const) {
  describe(`Outfits in the order of a language model by ${protocol}`, () => {
    let server: Server;
    let asked: string[];
    /** `undefined`: the server never answers. */
    let answer: { readonly status?: number; readonly body?: string } | undefined;
    let ledger: MemoryOpinionLedger;
    let logged: { readonly outcome?: string; readonly because?: string }[];

    beforeEach(async () => {
      [asked, logged, ledger] = [[], [], new MemoryOpinionLedger()];
      server = createServer(async (request, response) => {
        asked.push(`${request.url} ${await text(request)}`);
        if (answer !== undefined) response.writeHead(answer.status ?? 200).end(answer.body);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const config = () =>
      parseConfig({
        HANGTAG_OUTFIT_RANKING: protocol,
        HANGTAG_OUTFIT_RANKING_URL: url(),
        HANGTAG_OUTFIT_RANKING_MODEL: 'words-1',
        HANGTAG_OUTFIT_RANKING_INPUT_USD: '100',
        HANGTAG_OUTFIT_RANKING_OUTPUT_USD: '4000',
        HANGTAG_OUTFIT_RANKING_DAILY_USD: '0.6',
      });
    const portsOf = (ask = outfitRankingOf(config())) => {
      if (ask === undefined) throw new Error('Expected a ranking');
      const log = createLog({ write: (line) => logged.push(JSON.parse(line)) });
      return { ask, ledger, log, ...rankingPolicyOf(config()) };
    };
    const rank = (outfits = OUTFITS) => rankOutfits(outfits, NEED, portsOf());
    const say = (content: string) => {
      answer = { body: JSON.stringify(SAYS[protocol](content)) };
    };

    it('are the same outfits with the same scores, each with its words first, and cost their tokens', async () => {
      say(order(2, 0, 1));

      const ranked = await rank();

      expect(ranked.map(({ items, score }) => ({ items, score }))).to.deep.equal(
        [OUTFITS[2], OUTFITS[0], OUTFITS[1]].map((outfit) => ({
          items: outfit?.items,
          score: outfit?.score,
        })),
      );
      expect(ranked.map(({ reasons }) => reasons[0])).to.deep.equal(
        [2, 0, 1].map((index) => ({ kind: 'words', weight: 0, text: `Number ${index} suits.` })),
      );
      expect(ranked[0]?.reasons.slice(1)).to.deep.equal(OUTFITS[2]?.reasons);
      expect((await ledger.of(DEFAULT_TENANT, TODAY)).usd).to.be.closeTo(0.5, 1e-9);
    });

    it('are asked for by number and attributes: no id, name, day or picture leaves', async () => {
      say(order(0, 1, 2));

      await rank();

      expect(asked.join(), 'control').to.include('Shirts').and.include('blue').and.include('meeting');
      for (const secret of ['secret-id', 'jane', 'private', '2026-', 'image', DEFAULT_TENANT])
        expect(asked.join()).not.to.include(secret);
    });

    for (const [what, content] of [
      ['an item of someone else', order(0, 1, 7)],
      ['an id in place of a number', '{"outfits":[{"index":"secret-id-0","reason":"x"}]}'],
      ['one outfit twice', order(0, 1, 1)],
      ['fewer outfits', order(0, 1)],
      ['more outfits', order(0, 1, 2, 2)],
      ['a field that was not asked for', '{"outfits":[],"items":["hers"]}'],
      ['markup', order(0, 1, 2).replace('Number 0', '<b>0</b>')],
      ['an address', order(0, 1, 2).replace('Number 0', 'https://shop.example')],
      ['two lines', order(0, 1, 2).replace('Number 0', 'a\\nb')],
      ['a long text', order(0, 1, 2).replace('Number 0', 'a'.repeat(200))],
      ['no reason', order(0, 1, 2).replace('Number 0 suits.', ' ')],
      ['no JSON', 'I like the shirt'],
      ['nothing', ''],
    ]) {
      it(`keep the order and words of the engine if the answer has ${what}`, async () => {
        say(content ?? '');

        expect(await rank()).to.equal(OUTFITS);
        expect(logged).to.have.length(1);
        expect(logged[0]).to.include({ outcome: 'outfits-not-ranked', because: 'unusable-answer' });
      });
    }

    for (const status of [401, 429, 503]) {
      it(`keep the order and words of the engine after ${status}, which is not asked again`, async () => {
        answer = { status };

        expect(await rank()).to.equal(OUTFITS);
        expect(asked).to.have.length(1);
        expect(logged[0]?.because).to.include(`${status}`).and.not.include('secret');
      });
    }

    it('keep the order and words of the engine if no answer comes in time', async () => {
      answer = undefined;
      const options = { url: url(), model: 'words-1', key: undefined, timeoutMs: 50 };
      const late = (question: string) =>
        askForJson(
          OPENAI,
          { ...options, backoff: { retries: 0, firstDelayMs: 0 } },
          {
            ...{ instruction: 'Rank', content: { text: question }, mostOutputTokens: 10 },
            answer: { name: 'outfits', schema: {} },
          },
        );

      expect(await rankOutfits(OUTFITS, NEED, portsOf(late))).to.equal(OUTFITS);
      expect(asked).to.have.length(1);
      expect(logged[0]?.because).to.include('TimeoutError');
    });

    it('are not asked for beyond the limit of the day, nor for an empty answer', async () => {
      say(order(0, 1, 2));
      await rank([]);
      expect(asked).to.deep.equal([]);
      for (let request = 0; request < 3; request += 1) await rank();

      expect(asked).to.have.length(2);
      expect(logged.map(({ because }) => because)).to.deep.equal(['over-budget']);
    });
  });
}

describe('Without a configured model', () => {
  it('nothing is asked', () => {
    expect(outfitRankingOf(parseConfig({}))).to.equal(undefined);
  });
});
