/** A program that was found, and the Java command that runs it. */
export type EmulatorProgram =
  | JarProgram
  | { readonly kind: 'script'; readonly java: string; readonly script: string };

export interface JarProgram {
  readonly kind: 'jar';
  readonly java: string;
  /** What `java -version` prints. */
  readonly javaVersion: string;
  readonly jar: string;
  readonly mainClass: string | undefined;
}

/** The names of one product's emulator in all its distributions. */
export interface EmulatorProduct {
  readonly product: 'firestore' | 'pubsub';
  readonly title: string;
  /** Environment variables with the path of the program. The first one that is set is used. */
  readonly variables: readonly string[];
  /** Path inside the Google Cloud SDK. */
  readonly sdkPath: readonly string[];
  /** The names of its entries in firebase-tools' cache, and the path below such an entry. */
  readonly cacheName: RegExp;
  readonly cachePath: readonly string[];
  /** Directory of the jar, relative to that of the launch script. */
  readonly jarDirectory: string;
  readonly jarName: RegExp;
  /** Undefined if the manifest of the jar has it. */
  readonly mainClass: string | undefined;
}

export const FIRESTORE: EmulatorProduct = {
  product: 'firestore',
  title: 'Firestore emulator',
  variables: ['HANGTAG_FIRESTORE_EMULATOR', 'FIRESTORE_EMULATOR_BINARY_PATH'],
  sdkPath: ['platform', 'cloud-firestore-emulator', 'cloud_firestore_emulator'],
  cacheName: /^cloud-firestore-emulator-v[\d.]+\.jar$/,
  cachePath: [],
  jarDirectory: '.',
  jarName: /^cloud-firestore-emulator.*\.jar$/,
  // The jar of the Google Cloud SDK has no Main-Class. The jar of firebase-tools has this one.
  mainClass: 'com.google.cloud.datastore.emulator.firestore.CloudFirestore',
};

export const PUBSUB: EmulatorProduct = {
  product: 'pubsub',
  title: 'Pub/Sub emulator',
  variables: ['HANGTAG_PUBSUB_EMULATOR', 'PUBSUB_EMULATOR_BINARY_PATH'],
  sdkPath: ['platform', 'pubsub-emulator', 'bin', 'cloud-pubsub-emulator'],
  cacheName: /^pubsub-emulator-[\d.]+$/,
  cachePath: ['pubsub-emulator', 'bin', 'cloud-pubsub-emulator'],
  jarDirectory: '../lib',
  jarName: /^cloud-pubsub-emulator.*\.jar$/,
  mainClass: undefined,
};

/**
 * These flags favour a small process that starts fast. On 2 cores, compared with the JVM's defaults: Firestore is ready in 1.4 s
 * instead of 1.8 s, and uses 257 MB instead of 320 MB and half the processor time after 15,000 writes, at the same rate of 1,100
 * to 1,200 writes/s. Pub/Sub is ready in 0.9 s instead of 1.2 s.
 *
 * A method is compiled after two fifths of the usual number of calls: many stacks stop before the default has compiled the emulators.
 */
export const JVM_FLAGS: readonly string[] = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:CompileThresholdScaling=0.4',
];

/** The command line of an emulator: `java` if its jar is known, otherwise its script. */
export function emulatorCommand(
  program: EmulatorProgram,
  maxHeapMiB: number,
  moreFlags: readonly string[] = [],
): { readonly command: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv } {
  const flags = [...JVM_FLAGS, `-Xmx${maxHeapMiB}m`, '-Duser.language=en', ...moreFlags];
  switch (program.kind) {
    case 'jar': {
      const main =
        program.mainClass === undefined ? ['-jar', program.jar] : ['-cp', program.jar, program.mainClass];
      return { command: program.java, args: [...flags, ...main], env: {} };
    }
    case 'script':
      return {
        command: program.script,
        args: [],
        env: { JAVA: program.java, JAVA_TOOL_OPTIONS: flags.join(' ') },
      };
  }
}

/** The variables with the paths of the emulators. Only the launcher uses them; the processes that it starts do not get them. */
export const PRODUCT_VARIABLES: ReadonlySet<string> = new Set(
  [FIRESTORE, PUBSUB].flatMap(({ variables }) => variables),
);
