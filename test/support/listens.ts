import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Whether a server accepts connections on this port of 127.0.0.1. Unlike `isFree` it never occupies the port, which would
 * make a server fail that begins to listen at the same moment.
 */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
