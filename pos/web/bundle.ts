import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Files carry the hash of their content, so that a browser keeps them for good; nothing is fetched from another host. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  build: {
    target: 'es2022',
    // The first of each that knows `light-dark()`; lowered, it would follow the system and not the screen's own switch.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    manifest: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    // Small images stay files: `data:` would have to be allowed by the content security policy.
    assetsInlineLimit: 0,
  },
})
