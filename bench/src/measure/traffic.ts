/** Requests of the functions to Firestore, Pub/Sub and the bucket, counted as they are billed. */
import type { IncomingMessage } from 'node:http';
import type { Call } from './grpc-meter.js';
import { fieldSizes } from './message-fields.js';

export interface Traffic {
  /** Documents read, and one for each aggregation and each query without a result. */
  reads: number;
  /** Documents written, including rejected writes. */
  writes: number;
  writtenBytes: number;
  messages: number;
  messageBytes: number;
  /** Reads from the bucket: content, metadata and listings. */
  downloads: number;
  /** All other calls. A labelled image should need none. */
  others: number;
}

export function noTraffic(): Traffic {
  return { reads: 0, writes: 0, writtenBytes: 0, messages: 0, messageBytes: 0, downloads: 0, others: 0 };
}

/** Field numbers of the public API: https://github.com/googleapis/googleapis/tree/master/google/firestore/v1 */
const FIELD = { found: 1, missing: 2, document: 1, writes: 2, messages: 2 } as const;

/** Adds one message from the wire. */
export function count(traffic: Traffic, { path, direction, message }: Call): void {
  const method = path.slice(path.lastIndexOf('/') + 1);
  switch (`${method} ${direction}`) {
    case 'BatchGetDocuments response':
      traffic.reads += fieldSizes(message, FIELD.found).length + fieldSizes(message, FIELD.missing).length;
      return;
    case 'RunQuery response':
      traffic.reads += fieldSizes(message, FIELD.document).length;
      return;
    case 'RunAggregationQuery response':
      traffic.reads += 1;
      return;
    case 'Commit request':
    case 'BatchWrite request':
      addWrites(traffic, fieldSizes(message, FIELD.writes));
      return;
    case 'Publish request':
      addMessages(traffic, fieldSizes(message, FIELD.messages));
      return;
    case 'BatchGetDocuments request':
    case 'RunQuery request':
    case 'RunAggregationQuery request':
      return;
    default:
      if (direction === 'request') traffic.others += 1;
  }
}

/** Adds one request to the bucket; the benchmark itself only uploads. */
export function countAtBucket(traffic: Traffic, { method }: IncomingMessage): void {
  if (method === 'GET') traffic.downloads += 1;
  else if (method !== 'POST') traffic.others += 1;
}

function addWrites(traffic: Traffic, sizes: readonly number[]): void {
  traffic.writes += sizes.length;
  traffic.writtenBytes += sum(sizes);
}

function addMessages(traffic: Traffic, sizes: readonly number[]): void {
  traffic.messages += sizes.length;
  traffic.messageBytes += sum(sizes);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
