/** Adds Hangtag's security rules to those of a project. */
import { InputError } from '@hangtag/shared/errors.js';

const BEGIN = '// hangtag: begin. `npx hangtag init` replaces what is between these two lines.';
const END = '// hangtag: end';
const ADDED = /^[ \t]*\/\/ hangtag: begin\..*\n[\s\S]*?^[ \t]*\/\/ hangtag: end\n/m;
/** The block of a database or of a bucket: both files have it. */
const ROOT = /^([ \t]*)match\s+(\/databases\/\{\w+\}\/documents|\/b\/\{\w+\}\/o)\s*\{[ \t]*(?:\/\/.*)?\n/m;

/**
 * Access is allowed if one rule allows it, so what the project's own rules allow stays allowed.
 *
 * @param own the file of the project; undefined if there is no such file
 * @param shipped Hangtag's own file
 * @throws {InputError} the project's file has no such block
 */
export function addRules(own: string | undefined, shipped: string, path: string): string {
  const { before, content, after, root } = split(shipped);
  const rules = (own ?? before + after).replace(ADDED, '');
  const found = ROOT.exec(rules);
  if (found === null) throw new InputError(`Expected a block "match ${root} {" in ${path} but found none`);
  const at = found.index + found[0].length;
  const indent = `${found[1]}  `;
  const lines = [BEGIN, ...content, END].map((line) => (line === '' ? '' : indent + line));
  return `${rules.slice(0, at)}${lines.join('\n')}\n${rules.slice(at)}`;
}

/** A block for documents or objects of any name, with its text up to a block in it. */
const WIDE = /match\s+((?:\/\{\w+(?:=\*\*)?\})+)\s*\{((?:(?!\bmatch\b)[^}])*)/g;
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*/g;
const ALLOWS = /\ballow\b[^;:]*(?:;|:\s*if\s(?!\s*false\s*;))/;

/** @returns the project's own blocks that allow access to what Hangtag stores too, as `match /{document=**}` */
export function wideRules(own: string): readonly string[] {
  const [, , , rules = ''] = own.replaceAll('\r\n', '\n').replace(ADDED, '').split(ROOT);
  const text = rules.replace(COMMENT, '');
  const isOutermost = (at: number) => {
    const before = text.slice(0, at);
    return before.split('{').length === before.split('}').length;
  };
  return [...text.matchAll(WIDE)].flatMap(({ 1: path, 2: body = '', index }) =>
    isOutermost(index) && ALLOWS.test(body) ? [`match ${path}`] : [],
  );
}

/** @returns `content`: the lines of the block, without its indentation */
function split(shipped: string) {
  const found = ROOT.exec(shipped);
  if (found === null) throw new Error('Expected a block of a database or a bucket in the shipped rules');
  const [line, indent = '', root] = found;
  const start = found.index + line.length;
  const end = shipped.indexOf(`\n${indent}}`, start) + 1;
  const content = rename(shipped.slice(start, end - 1)).split('\n');
  return {
    before: shipped.slice(0, start),
    content: content.map((each) => each.slice(indent.length + 2)),
    after: shipped.slice(end),
    root,
  };
}

/** The project's rules may have functions with the same names. */
function rename(rules: string): string {
  const names = [...rules.matchAll(/function (\w)(\w*)\(/g)];
  return names.reduce(
    (text, [, head = '', tail = '']) =>
      text.replaceAll(new RegExp(`\\b${head}${tail}\\(`, 'g'), `hangtag${head.toUpperCase()}${tail}(`),
    rules,
  );
}
