/**
 * A test runner for Stryker with the mocha of this repository; Stryker's mocha runner does not support this version. The option
 * `mochaInPlace` of a part selects the tests. They are loaded once per process and run once per mutant. A mutant of code that
 * runs while a module loads gets a separate process, which loads the test files one by one, first those that import the
 * module: most of these mutants fail in the first file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';

const TESTS = join('test', 'dist');
const TEST_TIMEOUT_MS = 10_000;

// Without this, Google's clients search a metadata server for several seconds.
process.env.METADATA_SERVER_DETECTION ??= 'none';

class MochaInPlace {
  static inject = [commonTokens.options];

  /** The global state that instrumented modules read. */
  #stryker = {};
  #files;
  /** Has loaded all files; undefined before. */
  #mocha;
  /** Selects tests by title if Stryker names no tests. */
  #grep;
  /** An unhandled rejection, which counts as a failure of the mutant. */
  #stray;

  /** Upper limit for the timeouts of tests, because a hanging mutant makes every test wait. */
  #longestTestMs;

  constructor({ mochaInPlace: { tests, leaveOut, longestTestMs = Number.POSITIVE_INFINITY } }) {
    const chosen = new RegExp(`^(?:${tests})\\.test\\.js$`);
    this.#files = readdirSync(TESTS, { recursive: true })
      .filter((path) => chosen.test(path))
      .map((path) => join(TESTS, path));
    this.#longestTestMs = longestTestMs;
    this.#grep = leaveOut && new RegExp(`^(?!.*(?:${leaveOut}))`);
  }

  init() {
    globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    this.#stryker = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE];
  }

  capabilities() {
    return { reloadEnvironment: false };
  }

  async dryRun() {
    const tests = await this.#run(() => this.#all(), { bail: false });
    const { mutantCoverage } = this.#stryker;
    this.#mocha?.suite.eachTest((test) => creditWithHooks(test, mutantCoverage.perTest));
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, hitLimit, mutantActivation, testFilter: only }) {
    // The tests are loaded before the mutant is active, except for mutants of code that runs while a module loads.
    if (mutantActivation === 'runtime') await this.#all();
    Object.assign(this.#stryker, { activeMutant: activeMutant.id, hitCount: hitLimit && 0, hitLimit });
    this.#stray = undefined;
    const loads =
      mutantActivation === 'runtime'
        ? [() => this.#all()]
        : this.#nearest(activeMutant.fileName).map((file) => () => this.#load([file]));
    let nrOfTests = 0;
    for (const load of loads) {
      const tests = await this.#run(load, { bail: true, only });
      nrOfTests += tests.length;
      const failed = tests.find(({ status }) => status === TestStatus.Failed) ?? this.#stray;
      if (failed === undefined) continue;
      const { id, failureMessage } = failed;
      return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage, nrOfTests };
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  }

  /** Test files, first those that import the module. */
  #nearest(module) {
    const [, path = module] = module.split(`${sep}dist${sep}`);
    const isNear = (file) => readFileSync(file, 'utf8').includes(`/${path}'`);
    return [...this.#files.filter(isNear), ...this.#files.filter((file) => !isNear(file))];
  }

  async #all() {
    this.#mocha ??= await this.#load(this.#files);
    return this.#mocha;
  }

  async #load(files) {
    const mocha = new Mocha({ timeout: TEST_TIMEOUT_MS, reporter: class {} });
    mocha.cleanReferencesAfterRun(false);
    const stryker = this.#stryker;
    mocha.suite.beforeEach('set the current test for the coverage', function () {
      stryker.currentTestId = this.currentTest.fullTitle();
    });
    for (const file of files) mocha.addFile(file);
    await mocha.loadFilesAsync();
    for (const suite of suitesBelow(mocha.suite)) limitTimeouts(suite, this.#longestTestMs);
    // TensorFlow.js adds a listener that ends the process.
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => {
      this.#stray = { id: 'unhandled rejection', ...failure(error) };
    });
    return mocha;
  }

  /** Titles are used as ids, so two tests with the same title count as one. */
  async #run(load, { bail, only }) {
    let mocha;
    try {
      mocha = await load();
    } catch (error) {
      return [{ id: 'load', name: 'load', timeSpentMs: 0, ...failure(error) }];
    }
    mocha.bail(bail);
    // Suites copy this setting when they are created.
    for (const suite of suitesBelow(mocha.suite)) suite.bail(bail);
    mocha.options.grep = only ? new RegExp(`^(?:${only.map(literally).join('|')})$`) : this.#grep;
    const tests = [];
    await new Promise((resolve) => {
      const runner = mocha.run(resolve);
      const noted = (outcome) => (test) => {
        const name = test.fullTitle();
        tests.push({ id: name, name, timeSpentMs: test.duration ?? 0, ...outcome });
      };
      runner.on('suite', (suite) => {
        this.#stryker.currentTestId = hooksOf(suite);
      });
      runner.on('pass', noted({ status: TestStatus.Success }));
      runner.on('fail', (test, error) => noted(failure(error))(test));
    });
    return tests;
  }
}

function limitTimeouts(suite, longestMs) {
  const { tests, _beforeAll, _beforeEach, _afterEach, _afterAll } = suite;
  for (const runnable of [...tests, ..._beforeAll, ..._beforeEach, ..._afterEach, ..._afterAll])
    runnable.timeout(Math.min(runnable.timeout(), longestMs));
}

/** The suite and all suites in it. */
function suitesBelow(suite) {
  return [suite, ...suite.suites.flatMap(suitesBelow)];
}

/** Adds the coverage of `before` hooks to each test of the suite: any of them may detect the mutant. */
function creditWithHooks(test, perTest) {
  const title = test.fullTitle();
  for (let suite = test.parent; suite; suite = suite.parent) {
    for (const [mutant, hits] of Object.entries(perTest[hooksOf(suite)] ?? {})) {
      perTest[title] ??= {};
      perTest[title][mutant] = (perTest[title][mutant] ?? 0) + hits;
    }
  }
}

function hooksOf(suite) {
  return `before all of ${suite.fullTitle()}`;
}

function failure(error) {
  return { status: TestStatus.Failed, failureMessage: String(error) };
}

function literally(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

export const strykerValidationSchema = {
  properties: {
    mochaInPlace: {
      type: 'object',
      required: ['tests'],
      properties: {
        tests: { type: 'string' },
        leaveOut: { type: 'string' },
        longestTestMs: { type: 'number' },
      },
    },
  },
};

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-in-place', MochaInPlace)];
