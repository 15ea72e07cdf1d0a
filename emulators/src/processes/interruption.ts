/** With npm, one Ctrl-C arrives twice: from the terminal and from npm. */
const SAME_KEYSTROKE_MS = 1_000;

/**
 * Resolves on the first Ctrl-C or SIGTERM, or when the reader of the output ends, as in `npm start | head`. A second signal ends the
 * process at once.
 */
export function interruption(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const interrupt = () => {
      firstAt ??= Date.now();
      if (Date.now() - firstAt > SAME_KEYSTROKE_MS) process.exit(130);
      resolve('interrupted');
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
    process.stdout.once('error', () => resolve('interrupted'));
  });
}
