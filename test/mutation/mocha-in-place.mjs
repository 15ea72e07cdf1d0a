/**
 * A test runner for Stryker on the mocha of this repository, which Stryker's own runner is too old for. The tests are
 * loaded once a process and run once a mutant; a mutant of what runs while a module loads gets a process of its own.
 * Which tests, a part says in `mochaInPlace`.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
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
  #mocha;
  /** Of the paths below the tests. */
  #chosen;
  /** Of the titles, where no tests are named. */
  #grep;
  /** A rejection that nobody awaited: of a mutant, which it would otherwise let live or end this process with. */
  #stray;

  constructor({ mochaInPlace: { tests, leaveOut } }) {
    this.#chosen = new RegExp(`^(?:${tests})\\.test\\.js$`);
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
    const tests = await this.#run({ bail: false });
    return { status: DryRunStatus.Complete, tests, mutantCoverage: this.#stryker.mutantCoverage };
  }

  async mutantRun({ activeMutant, hitLimit, mutantActivation, testFilter }) {
    // Loaded before the mutant is active, unless it is one of loading.
    if (mutantActivation === 'runtime') await this.#load();
    Object.assign(this.#stryker, { activeMutant: activeMutant.id, hitCount: hitLimit && 0, hitLimit });
    this.#stray = undefined;
    const tests = await this.#run({ bail: true, only: testFilter });
    const failed = tests.find(({ status }) => status === TestStatus.Failed) ?? this.#stray;
    if (failed === undefined) return { status: MutantRunStatus.Survived, nrOfTests: tests.length };
    const { id, failureMessage } = failed;
    return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage, nrOfTests: tests.length };
  }

  async #load() {
    if (this.#mocha) return;
    this.#mocha = new Mocha({ timeout: TEST_TIMEOUT_MS, reporter: class {} });
    this.#mocha.cleanReferencesAfterRun(false);
    const stryker = this.#stryker;
    this.#mocha.suite.beforeEach('tell whose coverage it is', function () {
      stryker.currentTestId = this.currentTest.fullTitle();
    });
    for (const path of readdirSync(TESTS, { recursive: true })) {
      if (this.#chosen.test(path)) this.#mocha.addFile(join(TESTS, path));
    }
    await this.#mocha.loadFilesAsync();
    // TensorFlow.js ends the process at one.
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => {
      this.#stray = { id: 'unhandled rejection', ...failure(error) };
    });
  }

  /** Titles are ids: two tests of one title count as one. */
  async #run({ bail, only }) {
    try {
      await this.#load();
    } catch (error) {
      return [{ id: 'load', name: 'load', timeSpentMs: 0, ...failure(error) }];
    }
    this.#mocha.bail(bail);
    this.#mocha.suite.bail(bail);
    this.#mocha.options.grep = only ? new RegExp(`^(?:${only.map(literally).join('|')})$`) : this.#grep;
    const tests = [];
    await new Promise((resolve) => {
      const runner = this.#mocha.run(resolve);
      const noted = (outcome) => (test) => {
        const name = test.fullTitle();
        tests.push({ id: name, name, timeSpentMs: test.duration ?? 0, ...outcome });
      };
      runner.on('pass', noted({ status: TestStatus.Success }));
      runner.on('fail', (test, error) => noted(failure(error))(test));
    });
    return tests;
  }
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
      properties: { tests: { type: 'string' }, leaveOut: { type: 'string' } },
    },
  },
};

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-in-place', MochaInPlace)];
