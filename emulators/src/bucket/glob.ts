/**
 * `matchGlob` of a listing. `*` and `?` do not match a slash, `**` does; `[a-c]`, `[!a]`, `{one,two}`; backslash escapes.
 * (Glob libraries for files differ from Cloud Storage in `**` within a segment, dot files and `!`.)
 * Source: https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob
 *
 * Each part of a glob is tried once at each position of a name. A regular expression of many stars or groups would take a time
 * that doubles with each of them.
 */

import { invalid } from './api-error.js';

const TOKEN = /\*\*\/?|\*|\?|\[(?:[!^])?\]?[^\]]*\]|\\[\s\S]|[\s\S]/gu;
/** As long as a name can be. */
const MOST_CHARACTERS = 1_024;

type Positions = ReadonlySet<number>;
/** @returns where a part can end that begins at one of these positions of a name */
type Part = (name: readonly string[], from: Positions) => Positions;

/** @throws {ApiError} 400: a class or group is not closed, or the glob is too long */
export function globMatcher(glob: string): (name: string) => boolean {
  const tokens = glob.match(TOKEN) ?? [];
  if (tokens.length > MOST_CHARACTERS)
    throw invalid(`Expected a glob of at most ${MOST_CHARACTERS} characters but received ${glob.length}`);
  const whole = partOf(tokens[Symbol.iterator](), glob, false);
  return (name) => {
    const characters = [...name];
    return whole(characters, new Set([0])).has(characters.length);
  };
}

/** @throws {ApiError} */
function partOf(tokens: Iterator<string>, glob: string, isGroup: boolean): Part {
  let last: Part[] = [];
  const sequences = [last];
  for (let { value: token, done } = tokens.next(); !done; { value: token, done } = tokens.next()) {
    if (isGroup && token === '}') return anyOf(sequences.map(inOrder));
    if (isGroup && token === ',') {
      last = [];
      sequences.push(last);
    } else last.push(token === '{' ? partOf(tokens, glob, true) : simplePart(token, glob));
  }
  if (isGroup) throw invalid(`Expected a glob but received ${JSON.stringify(glob)}`);
  return inOrder(last);
}

function inOrder(parts: readonly Part[]): Part {
  return (name, from) => parts.reduce((positions, part) => part(name, positions), from);
}

function anyOf(parts: readonly Part[]): Part {
  return (name, from) => new Set(parts.flatMap((part) => [...part(name, from)]));
}

function simplePart(token: string, glob: string): Part {
  switch (token) {
    case '**/':
      return anyOf([inOrder([]), inOrder([many(isAny), one((character) => character === '/')])]);
    case '**':
      return many(isAny);
    case '*':
      return many(isNoSlash);
    case '?':
      return one(isNoSlash);
    default:
      return one(
        token.length > 2 && token.startsWith('[')
          ? ofClass(token, glob)
          : (character) => character === token.replace(/^\\(?=.)/s, ''),
      );
  }
}

type Test = (character: string) => boolean;

const isAny: Test = () => true;
const isNoSlash: Test = (character) => character !== '/';

function one(accepts: Test): Part {
  return (name, from) =>
    new Set([...from].filter((at) => at < name.length && accepts(name[at] ?? '')).map((at) => at + 1));
}

function many(accepts: Test): Part {
  return (name, from) => {
    const ends = new Set(from);
    for (const start of from)
      for (let at = start; at < name.length && accepts(name[at] ?? '') && !ends.has(at + 1); at += 1)
        ends.add(at + 1);
    return ends;
  };
}

/** @throws {ApiError} */
function ofClass(token: string, glob: string): Test {
  const inner = token.slice(1, -1).replace(/^[!^]/, '');
  const isNegated = token[1] === '!' || token[1] === '^';
  try {
    const expression = new RegExp(`^[${isNegated ? '^' : ''}${inner.replace(/[\\\]^[]/g, '\\$&')}]$`, 'su');
    return (character) => expression.test(character);
  } catch (error) {
    throw invalid(`Expected a glob but received ${JSON.stringify(glob)}`, { cause: error });
  }
}
