import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** One port that was asked for, and the one that was found: they differ where the wanted one is taken. */
export interface PickedPort {
  readonly name: string;
  readonly wanted: number;
  readonly port: number;
}

const HIGHEST_PORT = 65_535;

/**
 * Finds a port on loopback for each name: base, base + 1, ... in order. A port that is taken is replaced by the
 * next free one after the whole row, so that one stranger on the machine does not move all the others.
 *
 * @throws RangeError where no free port is left between base and 65535
 */
export async function pickPorts(base: number, names: readonly string[]): Promise<readonly PickedPort[]> {
  const picked: PickedPort[] = [];
  let spare = base + names.length;
  for (const [index, name] of names.entries()) {
    const wanted = base + index;
    let port = wanted;
    while (!(await isFree(port))) {
      port = spare++;
      if (port > HIGHEST_PORT)
        throw new RangeError(`Expected a free port for ${name} from ${base} up but all are taken`);
    }
    picked.push({ name, wanted, port });
  }
  return picked;
}

/** A port that is free at this moment, chosen by the operating system. */
export async function freePort(): Promise<number> {
  const port = await probe(0);
  if (port === undefined) throw new Error('Expected a free port on 127.0.0.1 but the system gave none');
  return port;
}

/** Whether something could listen on this port of 127.0.0.1 at this moment. */
export async function isFree(port: number): Promise<boolean> {
  return port <= HIGHEST_PORT && (await probe(port)) !== undefined;
}

async function probe(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}
