import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  publicDir: 'public',
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
