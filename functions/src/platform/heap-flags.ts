/**
 * Flags of Node for processes of the local stack. `bundle.mjs` has V8 compile the functions for each of them.
 *
 * Images are outside the heap of V8. Without a limit, the process of `classify` grows to 190 MB after 3,000 images, with it to
 * 141 MB. With the limit alone, V8 starts a collection after each 4 MB, images included, and `classify` takes 9.4 ms of processor
 * time per image instead of 5.5 ms. So the initial size is set as well.
 */
export const HEAP_FLAGS = {
  functions: ['--max-semi-space-size=4'],
  classify: ['--max-semi-space-size=4', '--initial-old-space-size=64', '--max-old-space-size=128'],
} as const;
