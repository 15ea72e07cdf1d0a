/** The package ships types that are no module; this is the one function used. */
declare module '@mixmark-io/domino' {
  import type { PlotOptions } from '@observablehq/plot';

  const domino: { createDocument(): NonNullable<PlotOptions['document']> };
  export default domino;
}
