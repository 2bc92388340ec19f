import { defineConfig } from 'vite';

// The build for a <script> tag, beside what tsc made: everything is on the global FreelimsSync.
export default defineConfig({
  build: {
    emptyOutDir: false,
    sourcemap: true,
    lib: {
      entry: 'src/client.ts',
      formats: ['iife'],
      name: 'FreelimsSync',
      fileName: () => 'freelims-sync.js',
    },
  },
});
