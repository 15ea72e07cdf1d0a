/**
 * Quotas of Cloud Run. It refuses a service whose instances, if all of them run, would need more processors or memory than the
 * project may use in the region; a new project has 20 processors in many regions, and `classify` may need 58.
 */
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import type { Resources } from '@hangtag/functions/platform/resources.js';
import { z } from 'zod';
import { ask } from './programs.js';

export interface QuotaCheck {
  /** One line for each quota that is too small: what is needed, and what to type. */
  readonly tooSmall: readonly string[];
  /** The quotas that could not be read. */
  readonly unread: readonly string[];
}

interface Quota {
  readonly id: string;
  readonly unit: string;
  /** What all instances of a function need, in the unit of the quota. */
  need(resources: Resources): number;
}

const BYTES = {
  '256MiB': 2 ** 28,
  '512MiB': 2 ** 29,
  '1GiB': 2 ** 30,
  '2GiB': 2 ** 31,
} as const satisfies Record<Resources['memory'], number>;

const QUOTAS: readonly Quota[] = [
  {
    id: 'CpuAllocPerProjectRegion',
    unit: 'thousandths of a processor',
    need: ({ cpu, maxInstances }) => cpu * 1_000 * maxInstances,
  },
  {
    id: 'MemAllocPerProjectRegion',
    unit: 'bytes of memory',
    need: ({ memory, maxInstances }) => BYTES[memory] * maxInstances,
  },
];

const UNLIMITED = -1;

/** The answer of `gcloud beta quotas info describe`. Google leaves out a value of 0. */
const QuotaInfo = z.object({
  dimensionsInfos: z.array(
    z.object({
      applicableLocations: z.array(z.string()).default([]),
      details: z.object({ value: z.coerce.number().default(0) }).default({ value: 0 }),
    }),
  ),
});

export async function checkQuotas(project: string, region: string): Promise<QuotaCheck> {
  const limits = await Promise.all(QUOTAS.map(({ id }) => limitOf(id, project, region)));
  const tooSmall = QUOTAS.flatMap(({ id, unit, need }, index) => {
    const limit = limits[index];
    const [largest] = FUNCTIONS.map((entry) => ({ name: entry.name, needs: need(entry.resources) })).sort(
      (a, b) => b.needs - a.needs,
    );
    if (limit === undefined || limit === UNLIMITED || largest === undefined || largest.needs <= limit)
      return [];
    return `${largest.needs} ${unit} for ${largest.name} in ${region}, of which the quota allows ${limit}. Type: gcloud beta quotas preferences create --service=run.googleapis.com --quota-id=${id} --preferred-value=${largest.needs} --dimensions=region=${region} --project=${project}; or lower maxInstances in functions/src/platform/resources.ts`;
  });
  return { tooSmall, unread: QUOTAS.flatMap(({ id }, index) => (limits[index] === undefined ? id : [])) };
}

/** @returns -1 without a limit; undefined if it cannot be read */
async function limitOf(id: string, project: string, region: string): Promise<number | undefined> {
  const asked = ['--service=run.googleapis.com', `--project=${project}`, '--format=json'];
  const { status, out } = await ask('gcloud', 'beta', 'quotas', 'info', 'describe', id, ...asked);
  if (status !== 0) return undefined;
  const { data } = QuotaInfo.safeParse(JSON.parse(out));
  return data?.dimensionsInfos.find(({ applicableLocations }) => applicableLocations.includes(region))
    ?.details.value;
}
