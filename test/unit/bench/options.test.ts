import { parseBenchOptions } from '@hangtag/bench/options.js';
import { BENCHMARKS } from '@hangtag/bench/registry.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

describe('The options of npm run bench', () => {
  it('ask for every benchmark in full unless said otherwise', () => {
    const { entries, ...others } = parseBenchOptions([]);

    expect(entries).to.deep.equal(BENCHMARKS);
    expect(others).to.deep.equal({ quick: false, compare: false, help: false });
  });

  it('take several names, and keep the order of the list', () => {
    const { entries, json } = parseBenchOptions(['--only', 'limit', '--only', 'decode', '--json', 'f.json']);

    expect(entries.map(({ name }) => name)).to.deep.equal(['decode', 'limit']);
    expect(json).to.equal('f.json');
  });

  it('name all benchmarks where one is unknown', () => {
    expect(() => parseBenchOptions(['--only', 'speed']))
      .to.throw(UsageError)
      .with.property('message')
      .that.satisfies((message: string) => BENCHMARKS.every(({ name }) => message.includes(name)));
  });

  it('refuse an option that nobody knows', () => {
    expect(() => parseBenchOptions(['--fast'])).to.throw(UsageError, '--fast');
  });
});

describe('The list of benchmarks', () => {
  it('has no name twice', () => {
    expect(new Set(BENCHMARKS.map(({ name }) => name)).size).to.equal(BENCHMARKS.length);
  });
});
