import { printProgress } from '@hangtag/tools/learn/print-progress.js';
import { expect } from 'chai';

describe('The progress of npm run learn', () => {
  it('says that the pictures are learned, which takes a while after the last one was read', async () => {
    const lines: string[] = [];
    const log = console.log;
    console.log = (line: string) => lines.push(line);
    try {
      await printProgress(async ({ onProgress }) => {
        onProgress({ step: 'embed', done: 0, total: 7 });
        onProgress({ step: 'make', done: 7, total: 7 });
      });
    } finally {
      console.log = log;
    }

    expect(lines).to.have.length(1);
    expect(lines[0]).to.include('learning 7 pictures');
  });
});
