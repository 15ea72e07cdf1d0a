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
