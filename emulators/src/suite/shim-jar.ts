/**
 * A jar that holds only a manifest, which names another jar. `java -jar` needs a Main-Class, which the jar of the
 * Firestore emulator in the Google Cloud SDK does not have.
 * Source: https://docs.oracle.com/en/java/javase/17/docs/specs/jar/jar.html#jar-manifest
 */
import { pathToFileURL } from 'node:url';
import { strToU8, zipSync } from 'fflate';

/** Without the line end. */
const MAX_LINE_BYTES = 72;

export interface ShimTarget {
  /** Absolute path. */
  readonly jar: string;
  readonly mainClass: string;
}

/** @returns the bytes of a jar that runs `mainClass` of the other jar */
export function shimJar({ jar, mainClass }: ShimTarget): Uint8Array {
  const manifest = manifestOf({
    'Manifest-Version': '1.0',
    'Main-Class': mainClass,
    // Spaces separate entries, and the manifest is ASCII: a URL encodes both.
    'Class-Path': pathToFileURL(jar).href,
  });
  return zipSync({ 'META-INF/MANIFEST.MF': strToU8(manifest) });
}

/** The text of a manifest. A line that is too long continues in the next line after a space. Values are ASCII. */
export function manifestOf(attributes: Readonly<Record<string, string>>): string {
  const lines = Object.entries(attributes).flatMap(([name, value]) => folded(`${name}: ${value}`));
  return lines.map((line) => `${line}\r\n`).join('');
}

function folded(line: string): readonly string[] {
  if (line.length <= MAX_LINE_BYTES) return [line];
  return [line.slice(0, MAX_LINE_BYTES), ...folded(` ${line.slice(MAX_LINE_BYTES)}`)];
}
