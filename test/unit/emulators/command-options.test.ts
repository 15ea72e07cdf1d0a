import {
  flag,
  many,
  oneOf,
  parseOptions,
  text,
  usageOf,
  wholeNumber,
} from '@hangtag/emulators/command-options.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

const COMMAND = {
  name: 'npm run paint',
  what: 'Paints.',
  words: { value: 'WALL ...', min: 1, max: 2 },
  options: {
    quick: flag('in one coat'),
    colour: many(oneOf(['red', 'blue'], 'what to paint with')),
    'max-coats': wholeNumber('N', 'at most N coats', { min: 1, max: 9 }),
    json: text('FILE', 'write the results'),
  },
} as const;

const parse = (...args: string[]) => parseOptions(args, COMMAND);

describe('The options of a command', () => {
  it('are read by the table, in any order', () => {
    const { options, words } = parse(
      '--colour',
      'red',
      'north',
      '--max-coats=3',
      '--colour',
      'blue',
      'south',
      '--quick',
    );

    expect(words).to.deep.equal(['north', 'south']);
    expect(options).to.deep.equal({ quick: true, colour: ['red', 'blue'], 'max-coats': 3, json: undefined });
  });

  it('are listed in the usage text', () => {
    for (const part of ['npm run paint -- WALL ...', '--max-coats N', '--colour red|blue', '--quick'])
      expect(usageOf(COMMAND)).to.include(part);
  });

  it('have their help below them in the usage text if they are long, and beside them otherwise', () => {
    const long = { ...text('SHADE', 'light or dark'), value: 'A|LONG|LIST|OF|SHADES|OF|GREY' };
    const usage = usageOf({ ...COMMAND, options: { quick: flag('one coat'), shade: long } });

    expect(usage).to.include(
      '  --quick  one coat\n  --shade A|LONG|LIST|OF|SHADES|OF|GREY\n           light or dark\n',
    );
  });

  for (const [args, message] of [
    [
      ['w', '--constructor'],
      'Expected one of --quick, --colour, --max-coats, --json but received --constructor',
    ],
    [['w', '--quik'], 'Expected one of --quick, --colour, --max-coats, --json but received --quik'],
    [
      ['w', '--max-coats', 'many'],
      'Expected --max-coats to be a whole number from 1 to 9 but received "many"',
    ],
    [['w', '--max-coats', '-1'], 'whole number from 1 to 9 but received "-1"'],
    [['w', '--max-coats', '1e0'], 'but received "1e0"'],
    [['w', '--max-coats', ''], 'but received ""'],
    [['w', '--max-coats', '10'], 'but received "10"'],
    [['w', '--colour', 'green'], 'Expected --colour to be one of red, blue but received "green"'],
    [['w', '--json', '--quick'], 'Expected FILE after --json but received --quick'],
    [['w', '--json'], 'Expected FILE after --json but received nothing'],
    [['w', '--quick=no'], 'Expected no value for --quick but received "no"'],
    [[], 'Expected WALL ... but received nothing'],
    [['a', 'b', 'c'], 'Expected WALL ... but received "c"'],
  ] as const) {
    it(`say what was expected and what to type for: ${args.join(' ') || '(nothing)'}`, () => {
      expect(() => parse(...args))
        .to.throw(UsageError, message)
        .with.property('message')
        .that.includes('npm run paint -- --help');
    });
  }

  it('name every mistake at once', () => {
    expect(() => parse('w', '--quik', '--max-coats', '0')).to.throw(/--quik[\s\S]*--max-coats/);
  });

  it('are refused if npm did not pass them on, with the command to type', () => {
    const env = {
      npm_config_quick: 'true',
      npm_config_max_coats: '3',
      npm_config_json: 'true',
      npm_config_prefix: '/usr',
    };

    expect(() => parseOptions(['w'], COMMAND, env)).to.throw(
      UsageError,
      'Type: npm run paint -- --quick --max-coats 3 --json FILE w',
    );
  });

  it('are typed for a shell, in which a path may have spaces and quotes', () => {
    expect(() => parseOptions(["Jane's $(wall)"], COMMAND, { npm_config_json: 'my file' })).to.throw(
      UsageError,
      `Type: npm run paint -- --json 'my file' 'Jane'\\''s $(wall)'`,
    );
  });

  it('are refused if npm took --no-x for a setting of its own', () => {
    const command = { ...COMMAND, options: { 'no-open': flag('opens nothing') } };

    expect(() => parseOptions(['w'], command, { npm_config_open: '' })).to.throw('-- --no-open w');
    expect(parseOptions(['w'], command, { npm_config_open: 'true' }).options).to.deep.equal({
      'no-open': false,
    });
  });

  for (const name of ['cache', 'prefix']) {
    it(`ignore the variable of --${name}, which npm always sets`, () => {
      const command = { ...COMMAND, options: { [name]: text('P', 'names') } };

      const { options } = parseOptions(['w'], command, { [`npm_config_${name}`]: '/usr' });

      expect(options).to.deep.equal({ [name]: undefined });
    });
  }
});
