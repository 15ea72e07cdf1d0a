/** Comments, documents and test names are plain English. Most sentences that were not had one of these words. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { skip } from '../support/skip.js';

const RIDDLES = /\b(whoever|told|tells|in a rush|where it|that one|is none)\b/i;

const PROSE: Readonly<Record<string, RegExp>> = {
  '.md': /./,
  '.mjs': /^\s*(\/?\*|\/\/)/,
  '.py': /^\s*(#|""")/,
  '.rules': /^\s*\/\//,
  '.toml': /#/,
  '.ts': /^\s*(\/?\*|\/\/)|\s\/\/ |\b(it|describe)\(/,
};

function riddlesIn(path: string): readonly string[] {
  const prose = PROSE[extname(path)];
  if (prose === undefined || path === 'test/unit/plain-words.test.ts') return [];
  return readFileSync(fromRoot(path), 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      prose.test(line) && RIDDLES.test(line) ? `${path}:${index + 1}: ${line.trim()}` : [],
    );
}

describe('The prose of the repository', () => {
  it('has no line with such a word', function () {
    const { stdout, status } = spawnSync('git', ['ls-files', '-z'], { cwd: fromRoot('.'), encoding: 'utf8' });
    if (status !== 0) skip(this, 'expected a git checkout but found none');

    const riddles = stdout.split('\0').flatMap(riddlesIn);

    expect(riddles).to.deep.equal([]);
  });
});
