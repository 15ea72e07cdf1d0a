/** The time after the first pictures: files go from the inbox to the bucket until Ctrl-C. */
import { join } from 'node:path';
import { type FileLock, lockFile } from '../processes/file-lock.js';
import type { Desk } from './desk.js';
import { Inbox } from './inbox.js';
import { bucketPortOf, STATE_DIR } from './stack-file.js';
import { summaryText } from './summary-text.js';

const INBOX = 'inbox';
/** Not in the inbox, because a file in it is a file of the user. */
const LOCK = join(STATE_DIR, 'inbox-lock');

export interface InboxRequest {
  readonly labels: ReadonlySet<string>;
  /** Environment of the stack. */
  readonly env: Readonly<Record<string, string>>;
  readonly interrupted: Promise<'interrupted'>;
}

/** One stack of a checkout has the inbox. A second one says so: otherwise both would take every file. */
export async function serveInbox(desk: Desk, request: InboxRequest): Promise<void> {
  const { queue, display, results } = desk;
  const lock = await lockFile(LOCK);
  const inbox = lock.kind === 'taken' ? await openInbox(desk, request.labels) : undefined;
  console.log(inviteOf(lock, request.env));
  const imagesBefore = results.rows.length;
  await request.interrupted;
  queue.stop();
  const left = (await inbox?.stop()) ?? 0;
  if (lock.kind === 'taken') await lock.release();
  display.finish();
  if (results.rows.length > imagesBefore) console.log(`\n${summaryText(results.summary())}\n`);
  if (left > 0) console.error(`${left} files of ${INBOX}/ were not uploaded yet: the next start takes them.`);
}

async function openInbox({ queue, display }: Desk, labels: ReadonlySet<string>): Promise<Inbox> {
  const inbox = new Inbox({ folder: INBOX, labels, queue, say: (line) => display.say(line) });
  await inbox.start();
  return inbox;
}

function inviteOf(lock: FileLock, env: InboxRequest['env']): string {
  if (lock.kind === 'taken')
    return `Drop pictures into ${INBOX}/, or type: npm run drop -- FILE|DIR ...   Ctrl-C ends it.`;
  return `${INBOX}/ belongs to the stack of process ${lock.by.pid}. For this one type: npm run drop -- --port-base ${bucketPortOf(env)} FILE|DIR ...   Ctrl-C ends it.`;
}
