/** The page: `web/src` to `web/dist`, static files for any server. Scripts, styles and nothing inline, for a strict CSP. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  oxc: { jsx: { importSource: 'preact' } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Firebase's SDK is larger than the limit at which Vite warns.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'firebase', test: /node_modules\/@?firebase\/(?!auth\/)/ },
            // Only a page on which people sign in loads it.
            { name: 'firebase-auth', test: /node_modules\/@?firebase\/auth\// },
          ],
        },
      },
    },
  },
});
