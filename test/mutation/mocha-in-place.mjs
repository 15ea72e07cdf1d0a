/**
 * A test runner for Stryker on the mocha of this repository, which Stryker's own runner is too old for. Which tests, a
 * part says in `mochaInPlace`. They are loaded once a process and run once a mutant. A mutant of what runs while a module
 * loads gets a process of its own, in which test files are loaded one by one, first those that name the module: most
 * such mutants end at the first.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';

const TESTS = join('test', 'dist');
const TEST_TIMEOUT_MS = 10_000;

// Google's clients otherwise look for a metadata server, for seconds.
process.env.METADATA_SERVER_DETECTION ??= 'none';

class MochaInPlace {
  static inject = [commonTokens.options];

  /** What the instrumented modules look at. */
  #stryker = {};
  #files;
  /** All files, once they are loaded. */
  #mocha;
  /** Of the titles, where no tests are named. */
  #grep;
  /** A rejection that nobody awaited: of a mutant, which it would otherwise let live or end this process with. */
  #stray;

  /** A test of a mutant that hangs is not waited for as long as on a busy machine. */
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
    // Loaded before the mutant is active, unless it is one of loading.
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
    mocha.suite.beforeEach('tell whose coverage it is', function () {
      stryker.currentTestId = this.currentTest.fullTitle();
    });
    for (const file of files) mocha.addFile(file);
    await mocha.loadFilesAsync();
    for (const suite of suitesBelow(mocha.suite)) limitTimeouts(suite, this.#longestTestMs);
    // TensorFlow.js ends the process at one.
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => {
      this.#stray = { id: 'unhandled rejection', ...failure(error) };
    });
    return mocha;
  }

  /** Titles are ids: two tests of one title count as one. */
  async #run(load, { bail, only }) {
    let mocha;
    try {
      mocha = await load();
    } catch (error) {
      return [{ id: 'load', name: 'load', timeSpentMs: 0, ...failure(error) }];
    }
    mocha.bail(bail);
    // Each suite has taken over, when it was made, what held then.
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

/** The suite itself and all in it. */
function suitesBelow(suite) {
  return [suite, ...suite.suites.flatMap(suitesBelow)];
}

/** What a suite does before all its tests, any of them may notice. */
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
