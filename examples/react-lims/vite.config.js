import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// In development the page asks its own origin, and Vite hands that on to the server.
const server = process.env.FREELIMS_SYNC_URL ?? 'http://localhost:8001';
const proxy = {
  '/api': { target: server },
  '/socket.io': { target: server, ws: true },
};

export default defineConfig({
  base: './',
  plugins: [react()],
  // 3000 is one of the two origins that `serve --demo` lets in.
  server: { port: 3000, strictPort: true, proxy },
  preview: { port: 3000, strictPort: true, proxy },
});
