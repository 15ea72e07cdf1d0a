/**
 * `matchGlob` of a listing. `*` and `?` do not match a slash, `**` does; `[a-c]`, `[!a]`, `{one,two}`; backslash escapes.
 * (Glob libraries for files differ from Cloud Storage in `**` within a segment, dot files and `!`.)
 * Source: https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob
 */

import { invalid } from './api-error.js';

const TOKEN = /\*\*\/?|\*|\?|\[(?:[!^])?\]?[^\]]*\]|\\[\s\S]|[{},]|[\s\S]/gu;

/** @throws {ApiError} 400: a class or group is not closed. */
export function globToRegExp(glob: string): RegExp {
  let depth = 0;
  const source = (glob.match(TOKEN) ?? []).map((token) => {
    if (token === '{') depth += 1;
    if (token === '}' && depth === 0) return '\\}';
    const part = translate(token, depth);
    if (token === '}') depth -= 1;
    return part;
  });
  try {
    return new RegExp(`^${source.join('')}$`, 'su');
  } catch (error) {
    throw invalid(`Expected a glob but received ${JSON.stringify(glob)}`, { cause: error });
  }
}

function translate(token: string, depth: number): string {
  switch (token) {
    case '**/':
      return '(?:.*/)?';
    case '**':
      return '.*';
    case '*':
      return '[^/]*';
    case '?':
      return '[^/]';
    case '{':
      return '(?:';
    case '}':
      return ')';
    case ',':
      return depth > 0 ? '|' : ',';
    default:
      return token.length > 2 && token.startsWith('[')
        ? characterClass(token)
        : literal(token.replace(/^\\/, ''));
  }
}

function characterClass(token: string): string {
  const inner = token.slice(1, -1).replace(/^[!^]/, '');
  const negated = token[1] === '!' || token[1] === '^';
  return `[${negated ? '^' : ''}${inner.replace(/[\\\]^[]/g, '\\$&')}]`;
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
