import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { UnavailableError } from '@hangtag/shared/errors.js';

/** A requested port and the port that was found. They differ when the requested port is taken. */
export interface PickedPort {
  readonly name: string;
  readonly wanted: number;
  readonly port: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** As the environment variables of emulators have it: `127.0.0.1:8701`. */
export function hostOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

export const LOOPBACK = '127.0.0.1';
const HIGHEST_PORT = 65_535;
/** The system chooses one. */
const ANY_PORT = 0;

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
export async function freePort(host = LOOPBACK): Promise<number> {
  const base = QUIET.from + randomInt(QUIET.count);
  const [picked] = await pickPorts(base, ['port'], (port) => isFree(port, host));
  if (picked === undefined) throw new UnavailableError(`Expected a free port on ${host} but received none`);
  return picked.port;
}

/**
 * A free address on loopback that no web page can guess or find by trying: a random one of 127.0.0.0/8. Linux and Windows
 * accept all of these. macOS accepts 127.0.0.1 alone: there, only the port is random.
 */
export async function hiddenAddress(): Promise<Address> {
  const random = ['127', randomInt(1, 255), randomInt(1, 255), randomInt(1, 255)].join('.');
  const host = (await isFree(ANY_PORT, random)) ? random : LOOPBACK;
  return { host, port: await freePort(host) };
}

/** Whether this machine accepts this address, and the port is free at this moment. */
export async function isFree(port: number, host = LOOPBACK): Promise<boolean> {
  if (port > HIGHEST_PORT) return false;
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}
