import { COMMAND, entriesOf } from '@hangtag/bench/options.js';
import { BENCHMARKS } from '@hangtag/bench/registry.js';
import { parseOptions } from '@hangtag/emulators/command-options.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

const parse = (...args: string[]) => parseOptions(args, COMMAND).options;

describe('The options of npm run bench', () => {
  it('choose every benchmark in full by default, but those that run only by name', () => {
    const options = parse();
    const byName = ['api-refused', 'mixed-soak', 'latency-10000'];

    expect(entriesOf(options)).to.deep.equal(BENCHMARKS.filter(({ name }) => !byName.includes(name)));
    for (const name of byName) expect(entriesOf(parse('--only', name)), name).to.have.length(1);
    expect(options).to.include({ quick: false, compare: undefined });
  });

  it('take several names, and keep the order of the list', () => {
    const options = parse('--only', 'limit', '--only', 'decode', '--json', 'f.json');

    expect(entriesOf(options).map(({ name }) => name)).to.deep.equal(['decode', 'limit']);
    expect(options.json).to.equal('f.json');
  });

  it('list all benchmarks if one is unknown', () => {
    expect(() => parse('--only', 'speed'))
      .to.throw(UsageError)
      .with.property('message')
      .that.satisfies((message: string) => BENCHMARKS.every(({ name }) => message.includes(name)));
  });
});

describe('The list of benchmarks', () => {
  it('has no name twice', () => {
    expect(new Set(BENCHMARKS.map(({ name }) => name)).size).to.equal(BENCHMARKS.length);
  });
});
