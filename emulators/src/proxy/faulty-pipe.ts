/**
 * One direction of one proxied connection. Bytes keep their order whatever the fault: each piece waits for the
 * one before it, and reading stops while pieces wait, so that a stalled connection fills no memory.
 */
import type { Socket } from 'node:net';
import { setTimeout as timer } from 'node:timers/promises';
import type { Fault } from './fault-proxy.js';

export interface FaultyPipe {
  readonly from: Socket;
  readonly to: Socket;
  readonly direction: 'to-server' | 'to-client';
  readonly fault: () => Fault;
}

/** Starts to pass bytes on; the returned function must be called when the fault changes. */
export function faultyPipe(pipe: FaultyPipe): () => void {
  let healed: (() => void) | undefined;
  let bytesSinceChange = 0;
  const untilChange = () =>
    new Promise<void>((resolve) => {
      healed = resolve;
    });
  void carry(pipe, { untilChange, count: (bytes) => (bytesSinceChange += bytes) });
  return () => {
    bytesSinceChange = 0;
    healed?.();
  };
}

interface Progress {
  readonly untilChange: () => Promise<void>;
  /** Adds to the bytes passed since the fault changed, and returns them all. */
  readonly count: (bytes: number) => number;
}

async function carry(pipe: FaultyPipe, progress: Progress): Promise<void> {
  const { from, to } = pipe;
  try {
    // The end of one direction must not close the socket that still carries the other.
    for await (const piece of from.iterator({ destroyOnReturn: false }))
      await pass(piece as Buffer, pipe, progress);
    to.end();
  } catch {
    to.resetAndDestroy();
  }
}

async function pass(piece: Buffer, pipe: FaultyPipe, progress: Progress): Promise<void> {
  const { to, from, direction } = pipe;
  const fault = pipe.fault();
  switch (fault.kind) {
    case 'none':
      return write(to, piece);
    case 'stall':
      await progress.untilChange();
      return from.destroyed ? undefined : pass(piece, pipe, progress);
    case 'delay':
      await timer(fault.delayMs);
      return write(to, piece);
    case 'cut': {
      if (direction === 'to-server') return write(to, piece);
      const over = progress.count(piece.length) - fault.afterBytes;
      if (over < 0) return write(to, piece);
      await write(to, piece.subarray(0, piece.length - over));
      throw new Error(`Cut after ${fault.afterBytes} bytes`);
    }
    case 'refuse':
    case 'blackhole':
      return;
  }
}

function write(to: Socket, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}
