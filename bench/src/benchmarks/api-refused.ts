/** The memory of the API while it refuses requests with 429: one million of one address, beyond its limit of one a minute. */
import pMap from 'p-map';
import type { Benchmark } from '../benchmark.js';
import { startApiProcess, statusOf } from '../measure/api-process.js';
import { pictures } from '../measure/pictures.js';

const REQUESTS = { full: 1_000_000, quick: 10_000 };
const IN_FLIGHT = 16;
const PARTS = 10;

export const benchmark: Benchmark = async ({ scale, say }) => {
  const [picture = Buffer.alloc(0)] = await pictures({ width: 300, height: 400 }, say);
  const strict = { args: ['--public'], env: { HANGTAG_API_REQUESTS_PER_MINUTE: '1' } };
  const api = await startApiProcess(picture, strict);
  try {
    const turns = Array.from({ length: REQUESTS[scale] / PARTS }, () => `${api.url}/classes`);
    const memoryMib: number[] = [];
    let refused = 0;
    const startedAt = performance.now();
    for (let part = 1; part <= PARTS; part += 1) {
      const statuses = await pMap(turns, statusOf, { concurrency: IN_FLIGHT });
      refused += statuses.filter((status) => status === 429).length;
      memoryMib.push(await api.residentMib());
      say(`${part * turns.length} requests, ${refused} refused, ${memoryMib.at(-1)?.toFixed(1)} MiB`);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    return [
      { name: 'api_refused.refused', unit: 'requests', values: [refused] },
      { name: 'api_refused.per_s', unit: 'requests/s', values: [REQUESTS[scale] / seconds] },
      { name: 'api_refused.memory_after_first_tenth_mib', unit: 'MiB', values: memoryMib.slice(0, 1) },
      {
        name: 'api_refused.memory_after_all_mib',
        unit: 'MiB',
        values: memoryMib.slice(-1),
        ratioTo: 'api_refused.memory_after_first_tenth_mib',
      },
    ];
  } finally {
    await api.stop();
  }
};
