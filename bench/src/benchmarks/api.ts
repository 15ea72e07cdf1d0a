/**
 * The standalone API: latency and throughput of /predict by the number of requests in flight, the size of the picture and the
 * form of the body, held against decoding and inference alone in the same run; its start; its memory.
 *
 * A client of another service that answers `POST /predict` in the same form can be measured by the same loop.
 */
import { quantile } from '@hangtag/shared/quantile.js';
import { type Benchmark, repeat } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { formOf, jsonOf, startApiProcess } from '../measure/api-process.js';
import { measureLimit } from '../measure/limit.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { type Driven, drive } from '../measure/predict-load.js';

const IN_FLIGHT = [1, 4, 16, 64];
const SIZES = { small: { width: 300, height: 400 }, large: SHOP_PHOTO };
const FORMS = { multipart: formOf, json: jsonOf };
const REQUESTS = { full: 600, quick: 40 };
const SUSTAINED = { full: 20_000, quick: 200 };
const STARTS = { full: 5, quick: 1 };
const LIMIT_IMAGES = { full: 1_000, quick: 100 };
const WARM_UP = 20;

export const benchmark: Benchmark = async ({ scale, say }) => {
  const limit = await measureLimit(LIMIT_IMAGES[scale], say);
  const [first = Buffer.alloc(0)] = await pictures(SIZES.large, say);
  // The first start may make the bundle.
  await (await startApiProcess(first)).stop();
  const starts = await repeat(STARTS[scale], async () => {
    const started = await startApiProcess(first);
    await started.stop();
    return started.firstAnswerMs;
  });
  const api = await startApiProcess(first);
  try {
    const loads: Measurement[] = [];
    for (const [size, form] of combinations()) {
      const requests = (await pictures(SIZES[size], say)).map(FORMS[form]);
      await drive(api.url, requests, { count: WARM_UP, inFlight: 4 });
      for (const inFlight of IN_FLIGHT) {
        say(`${size} ${form}, ${inFlight} in flight`);
        const load = await drive(api.url, requests, { count: REQUESTS[scale], inFlight });
        loads.push(...figuresOfLoad(`api.${size}_${form}_${inFlight}`, load));
      }
    }
    const before = await api.residentMib();
    const small = (await pictures(SIZES.small, say)).map(formOf);
    await drive(api.url, small, { count: SUSTAINED[scale], inFlight: 16 });
    return [
      { name: 'limit.images_per_s', unit: 'images/s', values: [limit] },
      { name: 'api.first_answer_ms', unit: 'ms', values: starts },
      ...loads,
      { name: 'api.memory_before_mib', unit: 'MiB', values: [before] },
      { name: 'api.memory_after_mib', unit: 'MiB', values: [await api.residentMib()] },
    ];
  } finally {
    await api.stop();
  }
};

function combinations() {
  const sizes = Object.keys(SIZES) as (keyof typeof SIZES)[];
  const forms = Object.keys(FORMS) as (keyof typeof FORMS)[];
  return sizes.flatMap((size) => forms.map((form) => [size, form] as const));
}

function figuresOfLoad(name: string, { latenciesMs, perSecond }: Driven): readonly Measurement[] {
  const isLarge = name.includes('large');
  return [
    { name: `${name}.p50_ms`, unit: 'ms', values: [quantile(latenciesMs, 0.5)] },
    { name: `${name}.p99_ms`, unit: 'ms', values: [quantile(latenciesMs, 0.99)] },
    {
      name: `${name}.per_s`,
      unit: 'images/s',
      values: [perSecond],
      // The limit is measured with large pictures.
      ...(isLarge && { ratioTo: 'limit.images_per_s' }),
    },
  ];
}
