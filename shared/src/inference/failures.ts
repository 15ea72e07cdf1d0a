/** One thing that is wrong with a model, as its author needs to see it. */
export interface Fault {
  /** A field of the manifest (`golden[2].outputs.onnx`) or a file of the model. */
  readonly at: string;
  readonly expected: string;
  readonly received: string;
}

/** A model that must not serve. Every fault that could be found is listed, so that one attempt shows them all. */
export class ModelFault extends Error {
  override readonly name = 'ModelFault';

  constructor(
    readonly model: string,
    readonly faults: readonly Fault[],
    options?: ErrorOptions,
  ) {
    const lines = faults.map(
      ({ at, expected, received }) => `  ${at}: expected ${expected} but received ${received}`,
    );
    super([`The model in ${model} cannot be used:`, ...lines].join('\n'), options);
  }
}

/**
 * The process that held this one image died: killed for its memory, or fallen over. It may have been the
 * image's doing, so the caller counts an attempt; it may not, so another is worth making.
 */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}
