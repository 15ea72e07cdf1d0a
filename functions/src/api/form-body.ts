/** Forms: `multipart/form-data` (RFC 7578), and `application/x-www-form-urlencoded`, which has fields only. */
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { Refusal } from './refusal.js';

const MAX_PARTS = 1_000;

/** A file of a form. */
export class FormFile {
  constructor(
    readonly name: string,
    readonly pieces: readonly Uint8Array[],
  ) {}

  get bytes(): Uint8Array {
    const [first] = this.pieces;
    return first !== undefined && this.pieces.length === 1 ? first : Buffer.concat(this.pieces);
  }
}

/** Fields and files in their order, as `forEach` of `FormData` gives them: the value, then its name. */
export class Form {
  readonly #entries: (readonly [value: string | FormFile, name: string])[] = [];

  append(name: string | undefined, value: string | FormFile): void {
    if (name !== undefined) this.#entries.push([value, name]);
  }

  forEach(visit: (value: string | FormFile, name: string) => void): void {
    for (const entry of this.#entries) visit(...entry);
  }
}

/**
 * @param pieces the body
 * @throws {Refusal} `invalid-request`
 */
export function parseForm(pieces: readonly Uint8Array[], contentType: string): Promise<Form> {
  return new Promise((resolve, reject) => {
    const form = new Form();
    let isRefused = false;
    const refuse = (reason: string) => {
      isRefused = true;
      reject(new Refusal('invalid-request', `Malformed FormData request. ${reason}`));
    };
    const parser = parserOf(contentType)
      .on('field', (name, value) => form.append(name, value))
      .on('file', (name, stream, fileName) => {
        const held: Uint8Array[] = [];
        form.append(name, new FormFile(fileName ?? '', held));
        // The parser reports the error too.
        stream.on('data', (piece) => held.push(piece)).on('error', () => undefined);
      })
      .on('partsLimit', () => refuse(`Expected at most ${MAX_PARTS} parts`))
      .on('error', (error) => refuse(messageOf(error)))
      .on('finish', () => resolve(form));
    for (const piece of pieces) if (!isRefused) parser.write(piece);
    parser.end();
  });
}

/** @throws {Refusal} `invalid-request` */
function parserOf(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { parts: MAX_PARTS, fieldSize: Number.POSITIVE_INFINITY },
      preservePath: true,
    });
  } catch (error) {
    throw new Refusal('invalid-request', `Malformed FormData request. ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
