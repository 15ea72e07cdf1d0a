import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { restartNotes } from '@hangtag/emulators/start/restart-notes.js';
import { expect } from 'chai';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';

const EXITED = { kind: 'exited', name: 'classify', exit: { kind: 'code', code: 1 } } as const;

describe('A process that is started again and again', () => {
  const directory = temporaryDirectory();
  const said: string[] = [];

  function logged(text: string): void {
    mkdirSync(join(directory, 'logs'), { recursive: true });
    writeFileSync(join(directory, 'logs', 'classify.log'), text);
  }

  it('is reported once for each reason, in the words of its log', async () => {
    const note = restartNotes({ dataDir: directory, say: (line) => said.push(line) });

    logged(
      '{"severity":"ERROR","message":"Expected one of tfjs\\nbut received onnx"}\n{"severity":"INFO","message":"bye"}\n',
    );
    for (let restart = 0; restart < 13; restart += 1) note(EXITED);
    await until('the first note', () => said.length > 0);
    logged('node:internal/modules\nTypeError: x is not a function\n    at main.js:1:1\n');
    note(EXITED);
    await until('the second note', () => said.length > 1);
    note({ kind: 'ready', name: 'classify', pid: 1, startMs: 1 });

    expect(said).to.have.length(2);
    expect(said[0])
      .to.include('classify ended (exit code 1)')
      .and.include('Expected one of tfjs; but received onnx');
    expect(said[1]).to.include('TypeError: x is not a function').and.include('classify.log');
  });
});
