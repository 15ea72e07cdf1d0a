/**
 * The options of a command, as one table. The parser, the messages and the usage text all come from it. An option that
 * the table does not have is an error.
 */
import { parseArgs } from 'node:util';
import { UsageError } from '@hangtag/shared/errors.js';
import { shellWord } from './shell-word.js';

export interface Option<T> {
  /** Name of the value in the usage text. A flag has none. */
  readonly value?: string;
  readonly help: string;
  /** Describes the accepted values in messages. */
  readonly expected: string;
  /** @param texts all values of the option; empty if it is absent. @returns undefined if they are not valid */
  read(texts: readonly string[]): { readonly is: T } | undefined;
  /** Whether it may be given several times. Otherwise this is an error, so that no value is ignored. */
  readonly isRepeatable?: true;
  /** Says what was found in place of a valid value, if that is more than the value itself. */
  explain?(text: string): string | undefined;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

export interface CommandSpec<O extends Options> {
  /** As a user types it: `npm run drop`. */
  readonly name: string;
  readonly what: string;
  readonly options: O;
  /** The arguments that are not options. If absent, none is accepted. */
  readonly words?: { readonly value: string; readonly min: number; readonly max: number };
}

export interface Parsed<O extends Options> {
  readonly options: Values<O>;
  readonly words: readonly string[];
}

export function flag(help: string): Option<boolean> {
  return { help, expected: 'no value', read: (texts) => ({ is: texts.length > 0 }) };
}

export function text(value: string, help: string): Option<string | undefined> {
  return {
    value,
    help,
    expected: value,
    read: (texts) => (texts.at(-1) === '' ? undefined : { is: texts.at(-1) }),
  };
}

/** A text that a rule accepts. */
export function ruledText(
  value: string,
  help: string,
  { expected, accepts }: { readonly expected: string; accepts(text: string): boolean },
): Option<string | undefined> {
  const read = (texts: readonly string[]) => {
    const given = texts.at(-1);
    return given === undefined || accepts(given) ? { is: given } : undefined;
  };
  return { value, help, expected, read };
}

interface Range {
  readonly min: number;
  readonly max: number;
}

export function wholeNumber(value: string, help: string, range: Range): Option<number | undefined> {
  return numberWithin(range, { value, help, kind: 'a whole number', form: /^\d+$/ });
}

export function decimal(value: string, help: string, range: Range): Option<number | undefined> {
  return numberWithin(range, { value, help, kind: 'a number', form: /^\d+(\.\d+)?$/ });
}

interface NumberForm extends Required<Pick<Option<number>, 'value' | 'help'>> {
  readonly kind: string;
  readonly form: RegExp;
}

function numberWithin(
  { min, max }: Range,
  { value, help, kind, form }: NumberForm,
): Option<number | undefined> {
  const read = (texts: readonly string[]) => {
    const given = texts.at(-1);
    if (given === undefined) return { is: undefined };
    const is = Number(given);
    return form.test(given) && is >= min && is <= max ? { is } : undefined;
  };
  return { value, help, expected: `${kind} from ${min} to ${max}`, read };
}

export function oneOf<const C extends string>(choices: readonly C[], help: string): Option<C | undefined> {
  const read = (texts: readonly string[]) => {
    const given = texts.at(-1);
    const is = choices.find((choice) => choice === given);
    return given !== undefined && is === undefined ? undefined : { is };
  };
  return { value: choices.join('|'), help, expected: `one of ${choices.join(', ')}`, read };
}

/** The same option, which may be given several times. */
export function many<T>(option: Option<T | undefined>): Option<readonly T[]> {
  const read = (texts: readonly string[]) => {
    const each = texts.map((one) => option.read([one])?.is);
    const is = each.filter((one) => one !== undefined);
    return is.length === texts.length ? { is } : undefined;
  };
  return { ...option, isRepeatable: true, read };
}

/** The same option with a default value. */
export function withDefault<T>(option: Option<T | undefined>, fallback: T): Option<T> {
  const read = (texts: readonly string[]) => {
    const found = option.read(texts);
    return found && { is: found.is ?? fallback };
  };
  return { ...option, read };
}

/** The help of an option that is longer than this stands below it. */
const MOST_WIDTH = 28;

export function usageOf({ name, what, options, words }: CommandSpec<Options>): string {
  const rows = Object.entries(options).map(
    ([option, { value, help }]) => [spelling(option, value), help] as const,
  );
  const width = Math.max(0, ...rows.map(([{ length }]) => length).filter((length) => length <= MOST_WIDTH));
  const margin = `\n${' '.repeat(width + 4)}`;
  const list = rows
    .map(([spelled, help]) => `  ${spelled.padEnd(width)}${spelled.length > width ? margin : '  '}${help}\n`)
    .join('');
  return `Usage: ${name} -- ${[words?.value, '[OPTION ...]'].filter(Boolean).join(' ')}\n\n${what}\n\n${list}`;
}

/** @throws {UsageError} one line for each argument that is not valid */
export function parseOptions<O extends Options>(
  args: readonly string[],
  command: CommandSpec<O>,
  env: NodeJS.ProcessEnv = {},
): Parsed<O> {
  const kept = keptByNpm(command, env);
  if (kept.length > 0) {
    throw misuse(
      [`Expected "--" before the options but received none, so that npm kept ${kept.join(' ')} for itself`],
      `${command.name} -- ${[...kept, ...args.map(shellWord)].join(' ')}`,
    );
  }
  const { given, words, faults } = sort(args, command);
  const values = Object.entries(command.options).map(([name, option]) => {
    const texts = given.get(name) ?? [];
    const isRepeated = option.value !== undefined && texts.length > 1;
    if (isRepeated && !option.isRepeatable)
      faults.push(`Expected --${name} once but received "${texts.join('" and "')}"`);
    const found = option.read(texts);
    if (found === undefined) {
      const why = option.explain?.(texts.at(-1) ?? '');
      const received = `"${texts.join(' ')}"${why === undefined ? '' : ` (${why})`}`;
      faults.push(`Expected --${name} to be ${option.expected} but received ${received}`);
    }
    return [name, found?.is];
  });
  if (faults.length > 0) throw misuse(faults, `${command.name} -- --help`);
  return { options: Object.fromEntries(values), words };
}

function sort(args: readonly string[], { options, words: wanted }: CommandSpec<Options>) {
  const given = new Map<string, string[]>();
  const words: string[] = [];
  const faults: string[] = [];
  const named = new Map(Object.entries(options));
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options: config, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = named.get(token.name);
    const isCutOff = token.value === undefined || (!token.inlineValue && token.value.startsWith('--'));
    if (option === undefined) {
      const names = Object.keys(options).map((name) => `--${name}`);
      const expected = names.length === 0 ? 'no option' : `one of ${names.join(', ')}`;
      faults.push(`Expected ${expected} but received ${token.rawName}`);
    } else if (option.value === undefined && token.inlineValue)
      faults.push(`Expected no value for ${token.rawName} but received "${token.value}"`);
    else if (option.value !== undefined && isCutOff)
      faults.push(
        `Expected ${option.expected} after ${token.rawName} but received ${token.value ?? 'nothing'}`,
      );
    else given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? '']);
  }
  const { min = 0, max = 0, value = 'no further word' } = wanted ?? {};
  if (words.length < min || words.length > max)
    faults.push(
      `Expected ${value} but received ${words.length === 0 ? 'nothing' : `"${words.slice(min === max ? 0 : max).join(' ')}"`}`,
    );
  return { given, words, faults };
}

/** Settings that npm passes on to every program, whatever was typed. */
const ALWAYS_PASSED_BY_NPM: readonly string[] = ['cache', 'prefix'];

/**
 * Without `--`, npm uses the options as its own settings and adds them to the environment of the program: `--no-x` as an
 * empty `x`.
 */
function keptByNpm({ options }: CommandSpec<Options>, env: NodeJS.ProcessEnv): readonly string[] {
  return Object.entries(options).flatMap(([name, { value }]) => {
    if (name.startsWith('no-')) return env[settingOfNpm(name.slice('no-'.length))] === '' ? `--${name}` : [];
    const kept = env[settingOfNpm(name)];
    if (kept === undefined || kept === '' || ALWAYS_PASSED_BY_NPM.includes(name)) return [];
    if (value === undefined) return `--${name}`;
    return kept === 'true' ? `--${name} ${value}` : `--${name} ${shellWord(kept)}`;
  });
}

function settingOfNpm(option: string): string {
  return `npm_config_${option.replaceAll('-', '_')}`;
}

function misuse(faults: readonly string[], toType: string): UsageError {
  return new UsageError(`${faults.join('\n')}. Type: ${toType}`);
}

function spelling(name: string, value: string | undefined): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}
