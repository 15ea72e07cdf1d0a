import { parseOptions } from '@hangtag/emulators/command-options.js';
import { nameFault } from '@hangtag/emulators/start/drop-queue.js';
import { START } from '@hangtag/emulators/start/options.js';
import { visible } from '@hangtag/emulators/visible.js';
import { expect } from 'chai';

const parse = (...args: string[]) => parseOptions(args, START).options;

describe('The options of npm start', () => {
  it('have defaults', () => {
    expect(parse()).to.include({ once: false, fresh: false, embedded: false, 'port-base': 8700 });
  });

  it('are all read', () => {
    const words = '--once --images . --count 5 --json out.json --port-base 9000 --data d --fresh --embedded';

    const options = parse(...words.split(' '));

    expect(options).to.deep.include({ once: true, images: '.', count: 5, json: 'out.json', data: 'd' });
    expect(options).to.deep.include({ 'port-base': 9000, fresh: true, embedded: true });
  });

  it('have one value each: a second one is refused, not ignored', () => {
    expect(() => parse('--count', '5', '--count', '6')).to.throw(
      'Expected --count once but received "5" and "6"',
    );
  });
});

describe('object names of uploads', () => {
  it('may have 1,024 bytes and not one more', () => {
    expect(nameFault('x'.repeat(1024))).to.equal(undefined);
    expect(nameFault('x'.repeat(1025))).to.equal('name-too-long');
  });

  it('are measured in bytes, not in characters', () => {
    expect(nameFault('é'.repeat(512))).to.equal(undefined);
    expect(nameFault('é'.repeat(513))).to.equal('name-too-long');
  });

  for (const name of ['a\nb', 'a\rb', '.', '..']) {
    it(`reject ${JSON.stringify(name)}`, () => {
      expect(nameFault(name)).to.equal('invalid-name');
    });
  }

  for (const name of ['../a', 'a\u2028b', '\u202egpj.exe', '😀.jpg', 'a\tb']) {
    it(`accept ${JSON.stringify(name)}`, () => {
      expect(nameFault(name)).to.equal(undefined);
    });
  }
});

describe('names on a terminal', () => {
  for (const [name, shown] of [
    ['plain é 😀.jpg', 'plain é 😀.jpg'],
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['two\u2028lines', 'two\\u{2028}lines'],
    ['\u202egpj.exe', '\\u{202e}gpj.exe'],
  ] as const) {
    it(`shows ${JSON.stringify(name)} as ${shown}`, () => {
      expect(visible(name)).to.equal(shown);
    });
  }
});
