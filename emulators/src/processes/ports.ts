import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { UnavailableError } from '@hangtag/shared/errors.js';

/** A requested port and the port that was found. They differ when the requested port is taken. */
export interface PickedPort {
  readonly name: string;
  readonly wanted: number;
  readonly port: number;
}

const HIGHEST_PORT = 65_535;

/**
 * Finds a port on loopback for each name: base, base + 1, ... in this order. A taken port is replaced by the next free
 * one after this range, so that the others keep their numbers.
 *
 * @throws UnavailableError no port between base and 65535 is free
 */
export async function pickPorts(
  base: number,
  names: readonly string[],
  isUsable: (port: number) => Promise<boolean> = isFree,
): Promise<readonly PickedPort[]> {
  const picked: PickedPort[] = [];
  let spare = base + names.length;
  for (const [index, name] of names.entries()) {
    const wanted = base + index;
    let port = wanted;
    while (!(await isUsable(port))) {
      port = spare++;
      if (port > HIGHEST_PORT)
        throw new UnavailableError(`Expected a free port for ${name} from ${base} up but all are taken`);
    }
    picked.push({ name, wanted, port });
  }
  return picked;
}

/** Below the ports that systems use for connections (Linux from 32768), which may be taken between the choice and its use. */
const QUIET = { from: 20_000, count: 12_000 } as const;

/** A port that is free at this moment. */
export async function freePort(): Promise<number> {
  const [picked] = await pickPorts(QUIET.from + Math.floor(Math.random() * QUIET.count), ['port']);
  if (picked === undefined) throw new UnavailableError('Expected a free port on 127.0.0.1 but received none');
  return picked.port;
}

/** Whether this port of 127.0.0.1 is free at this moment. */
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
