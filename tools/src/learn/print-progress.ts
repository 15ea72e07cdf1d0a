import { visible } from '@hangtag/emulators/visible.js';
import type { LearnObserver } from '@hangtag/shared/learning/learn-model.js';
import { SingleBar } from 'cli-progress';

/** Prints the notes, a bar while pictures are embedded, and a line before they are learned. @returns what `learn` returns */
export async function printProgress<T>(learn: (observer: LearnObserver) => Promise<T>): Promise<T> {
  const bar = new SingleBar({ format: '{bar} {value}/{total} pictures, {eta_formatted} to go' });
  try {
    return await learn({
      onNote: (line, names = []) =>
        console.log(visible(names.length > 0 ? `${line} (${names.join(', ')})` : line)),
      onProgress: ({ step, done, total }) => {
        if (step === 'make') {
          bar.stop();
          console.log(`learning ${total} pictures, and measuring the model on them: this can take minutes`);
        } else if (done === 0) bar.start(total, 0);
        else bar.update(done);
      },
    });
  } finally {
    bar.stop();
  }
}
