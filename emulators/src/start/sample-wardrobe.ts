/** The wardrobe of `npm start -- --wardrobe`: the pictures belong to a test user of the page, who has a calendar. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addDays, civilTime } from '@hangtag/shared/domain/report/day-window.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { unsignedToken } from '@hangtag/web/settings.js';
import { TEST_USERS } from '../page/page-server.js';
import { startPgliteServer } from '../postgres/pglite-server.js';
import type { Stack } from './stack.js';
import { PROJECT } from './stack-plan.js';

const TIME_LIMIT_MS = 60_000;
/** By the number of days from today. */
const EVENTS: Readonly<Record<number, readonly string[]>> = {
  0: ['Office'],
  1: ['Client meeting'],
  2: ['Gym', 'Lunch with Ada'],
  3: ['Rapat anggaran'],
  4: ['Geburtstagsfeier'],
  5: [],
  6: ['Wedding of Mia and Tom'],
};

export interface WardrobeData {
  /** Of the database that HANGTAG_DATABASE_URL names, or of PGlite with its files in the folder. */
  readonly url: string;
  /** HANGTAG_TOKEN_KEY, or a key that is made once and kept in the folder. */
  readonly tokenKey: string;
  close(): Promise<void>;
}

export async function openWardrobeData(folder: string): Promise<WardrobeData> {
  const { HANGTAG_DATABASE_URL: url, HANGTAG_TOKEN_KEY: key } = process.env;
  const tokenKey = key ?? (await keyIn(folder));
  if (url !== undefined) return { url, tokenKey, close: async () => undefined };
  const server = await startPgliteServer(0, join(folder, 'wardrobe'));
  return { url: server.url, tokenKey, close: () => server.close() };
}

/** A value of HANGTAG_TOKEN_KEY. */
export function newTokenKey(): string {
  return randomBytes(32).toString('base64url');
}

async function keyIn(folder: string): Promise<string> {
  const file = join(folder, 'wardrobe-token-key');
  const made = newTokenKey();
  try {
    await writeFile(file, made, { flag: 'wx', mode: 0o600 });
    return made;
  } catch {
    return readFile(file, 'utf8');
  }
}

/** @param images those that are in the bucket */
export async function giveSampleWardrobe(
  stack: Stack,
  images: readonly { readonly name: string }[],
): Promise<void> {
  const [person] = TEST_USERS;
  if (person === undefined) return;
  const bucket = `${stack.env['STORAGE_EMULATOR_HOST']}/storage/v1/b/${encodeURIComponent(stack.bucket)}`;
  for (const { name } of images)
    await send(`${bucket}/o/${encodeURIComponent(name)}`, 'PATCH', { metadata: { owner: person.uid } });
  const api = stack.addresses.find(([name]) => name === 'API')?.[1];
  const authorization = `Bearer ${unsignedToken({ projectId: PROJECT }, person)}`;
  await send(`${api}/v1/wardrobe/calendar`, 'PUT', { ics: sampleCalendar(Date.now()) }, { authorization });
  console.log(
    `The pictures are the wardrobe of ${person.uid}: see "My wardrobe" on the page, and docs/wardrobe.md.\n`,
  );
}

function sampleCalendar(nowMs: number): string {
  const { day: today } = civilTime(nowMs, parseTimeZone('UTC'));
  const events = Object.entries(EVENTS).flatMap(([days, titles]) =>
    titles.map((title) => {
      const date = addDays(today, Number(days)).replaceAll('-', '');
      const uid = `${title.replaceAll(' ', '-')}@example.com`;
      return ['BEGIN:VEVENT', `UID:${uid}`, `DTSTART;VALUE=DATE:${date}`, `SUMMARY:${title}`, 'END:VEVENT'];
    }),
  );
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Hangtag//Sample//EN',
    ...events.flat(),
    'END:VCALENDAR',
  ].join('\r\n');
}

async function send(
  url: string,
  method: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(url, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  const text = await response.text();
  if (!response.ok)
    throw new UnavailableError(
      `Expected ${method} ${url} to succeed but received ${response.status} ${text}`,
    );
}
