import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  publicDir: 'public',
  // `npm run demo` beside `npx vite web` gives pages that reload as they are written, over real data.
  server: { proxy: { '/api': 'http://127.0.0.1:7070' } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // The browsers that we target preload modules by themselves, and data: URLs would need a looser content policy.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
