/** The types of the package are not a module. This is the only function that is used. */
declare module '@mixmark-io/domino' {
  import type { PlotOptions } from '@observablehq/plot';

  const domino: { createDocument(): NonNullable<PlotOptions['document']> };
  export default domino;
}
