/** All benchmarks in the order of their runs: those that need idle cores first, the longest last. */
import type { Entry } from './benchmark.js';

export const BENCHMARKS: readonly Entry[] = [
  {
    name: 'decode',
    what: 'decoding alone, by size of picture',
    needs: 'nothing',
    load: async () => (await import('./benchmarks/decode.js')).benchmark,
  },
  {
    name: 'infer',
    what: 'inference alone, by every engine that is here',
    needs: 'nothing',
    load: async () => (await import('./benchmarks/infer.js')).benchmark,
  },
  {
    name: 'limit',
    what: 'decoding and inference alone, on all cores',
    needs: 'nothing',
    load: async () => (await import('./benchmarks/limit.js')).benchmark,
  },
  {
    name: 'wardrobe',
    what: 'the first outfit of a wardrobe, by the number of items',
    needs: 'nothing',
    load: async () => (await import('./benchmarks/wardrobe.js')).benchmark,
  },
  {
    name: 'api',
    what: '/predict by requests in flight, size and form; start and memory of its process',
    needs: 'nothing',
    load: async () => (await import('./benchmarks/api.js')).benchmark,
  },
  {
    name: 'api-beside-pipeline',
    what: 'upload to listener with 8 requests of /predict in flight',
    needs: 'emulators',
    load: async () => (await import('./benchmarks/api-beside-pipeline.js')).benchmark,
  },
  {
    name: 'api-refused',
    what: 'memory of the API after 1,000,000 refused requests; runs only if it is named',
    needs: 'nothing',
    onlyByName: true,
    load: async () => (await import('./benchmarks/api-refused.js')).benchmark,
  },
  {
    name: 'models',
    what: 'the registry of models: cold, warm, a switch under load, memory by loaded models, a model on trial',
    needs: 'nothing',
    load: async () => (await import('./benchmarks/models.js')).benchmark,
  },
  {
    name: 'pipeline',
    what: 'upload to listener, 100 and 1,000 images at a time',
    needs: 'emulators',
    load: async () => (await import('./benchmarks/pipeline.js')).benchmark,
  },
  {
    name: 'burst',
    what: '1,000 uploads at once, and the memory they take',
    needs: 'emulators',
    load: async () => (await import('./benchmarks/burst.js')).benchmark,
  },
  {
    name: 'soak',
    what: '10,000 images in one go, and what becomes of the memory',
    needs: 'emulators',
    load: async () => (await import('./benchmarks/soak.js')).benchmark,
  },
  {
    name: 'latency',
    what: 'upload to listener, one image at a time',
    needs: 'emulators',
    load: async () => (await import('./benchmarks/latency.js')).benchmark,
  },
  {
    name: 'cold-start',
    what: 'from exec to the first work done, by function',
    needs: 'emulators',
    load: async () => (await import('./benchmarks/cold-start.js')).benchmark,
  },
  {
    name: 'operations',
    what: 'reads, writes, messages and processor time of an image, and what they cost',
    needs: 'emulators',
    load: async () => (await import('./benchmarks/operations.js')).benchmark,
  },
  {
    name: 'fairness',
    what: 'live uploads beside a backlog',
    needs: 'emulators',
    load: async () => (await import('./benchmarks/fairness.js')).benchmark,
  },
  {
    name: 'scale',
    what: "how the records' writes would spread over Firestore, simulated",
    needs: 'nothing',
    load: async () => (await import('./benchmarks/scale.js')).benchmark,
  },
  {
    name: 'sweep',
    what: 'a sweep of up to a million objects, in 256 MB of heap',
    needs: 'nothing',
    execArgv: ['--expose-gc', '--max-old-space-size=256'],
    load: async () => (await import('./benchmarks/sweep.js')).benchmark,
  },
  {
    name: 'sweep-on-emulators',
    what: "a sweep against Google's emulators",
    needs: 'emulators',
    load: async () => (await import('./benchmarks/sweep-on-emulators.js')).benchmark,
  },
  {
    name: 'report',
    what: 'a daily report of up to 100,000 images',
    needs: 'nothing',
    execArgv: ['--expose-gc'],
    load: async () => (await import('./benchmarks/report.js')).benchmark,
  },
  {
    name: 'report-on-emulators',
    what: "a daily report from Google's Firestore emulator",
    needs: 'emulators',
    execArgv: ['--expose-gc'],
    load: async () => (await import('./benchmarks/report-on-emulators.js')).benchmark,
  },
];
