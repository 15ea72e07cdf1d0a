import { parentPort, workerData } from 'node:worker_threads';
import { type MakeRequest, makeModel } from './make-model.js';

parentPort?.postMessage(await makeModel(workerData as MakeRequest));
