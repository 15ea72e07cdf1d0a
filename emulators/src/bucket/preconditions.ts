/**
 * The four preconditions of the JSON API, for an object and for the source of a copy. Generation 0 means that the object
 * must not exist.
 * Source: https://cloud.google.com/storage/docs/request-preconditions
 */

import type { IncomingHttpHeaders } from 'node:http';
import { type Generation, parseGeneration } from '@hangtag/shared/domain/generation.js';
import { conditionNotMet, invalid, notModified } from './api-error.js';

const NONE = '0';

export interface Preconditions {
  readonly generationMatch?: Generation | undefined;
  readonly generationNotMatch?: Generation | undefined;
  readonly metagenerationMatch?: Generation | undefined;
  readonly metagenerationNotMatch?: Generation | undefined;
}

/** The numbers that are compared. A bucket has no generation. */
interface Versions {
  readonly generation?: string;
  readonly metageneration: number;
}

/** @throws {ApiError} 400: a value is not a decimal integer. */
export function parsePreconditions(params: URLSearchParams, prefix: 'if' | 'ifSource' = 'if'): Preconditions {
  return {
    generationMatch: integer(params.get(`${prefix}GenerationMatch`)),
    generationNotMatch: integer(params.get(`${prefix}GenerationNotMatch`)),
    metagenerationMatch: integer(params.get(`${prefix}MetagenerationMatch`)),
    metagenerationNotMatch: integer(params.get(`${prefix}MetagenerationNotMatch`)),
  };
}

/** The headers of the XML API. @throws {ApiError} 400: a value is not a decimal integer. */
export function preconditionsFromHeaders(headers: IncomingHttpHeaders): Preconditions {
  return {
    generationMatch: integer(headers['x-goog-if-generation-match']),
    metagenerationMatch: integer(headers['x-goog-if-metageneration-match']),
  };
}

/** `?generation=`. Undefined means the live object. @throws {ApiError} 400: not a decimal integer. */
export function parseGenerationParam(params: URLSearchParams, key = 'generation'): Generation | undefined {
  return integer(params.get(key));
}

function integer(value: unknown): Generation | undefined {
  if (value === null || value === undefined) return undefined;
  try {
    return parseGeneration(value);
  } catch (error) {
    throw invalid(`Expected a decimal integer but received ${String(value)}`, { cause: error });
  }
}

/** @param current undefined if there is no live object. @throws {ApiError} 412: a precondition does not hold. */
export function assertWritable(conditions: Preconditions, current: Versions | undefined): void {
  const failed = failedMatch(conditions, current) ?? failedNotMatch(conditions, current);
  if (failed !== undefined)
    throw conditionNotMet(`At least one of the pre-conditions did not hold: ${failed}`);
}

/** @throws {ApiError} 412: the object is not the expected one; 304: the reader already has it. */
export function assertReadable(conditions: Preconditions, current: Versions): void {
  const failed = failedMatch(conditions, current);
  if (failed !== undefined)
    throw conditionNotMet(`At least one of the pre-conditions did not hold: ${failed}`);
  if (failedNotMatch(conditions, current) !== undefined) throw notModified();
}

function failedMatch(conditions: Preconditions, current: Versions | undefined): string | undefined {
  const { generationMatch, metagenerationMatch } = conditions;
  if (generationMatch !== undefined && generationMatch !== generationOf(current)) return 'ifGenerationMatch';
  if (metagenerationMatch !== undefined && metagenerationMatch !== metagenerationOf(current)) {
    return 'ifMetagenerationMatch';
  }
  return undefined;
}

function failedNotMatch(conditions: Preconditions, current: Versions | undefined): string | undefined {
  const { generationNotMatch, metagenerationNotMatch } = conditions;
  if (generationNotMatch !== undefined && generationNotMatch === generationOf(current)) {
    return 'ifGenerationNotMatch';
  }
  if (metagenerationNotMatch !== undefined && metagenerationNotMatch === metagenerationOf(current)) {
    return 'ifMetagenerationNotMatch';
  }
  return undefined;
}

const generationOf = (current: Versions | undefined): string => current?.generation ?? NONE;
const metagenerationOf = (current: Versions | undefined): string => String(current?.metageneration ?? NONE);
