import { svelte } from '@sveltejs/vite-plugin-svelte'
import { svelteTesting } from '@testing-library/svelte/vite'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  clearScreen: false,
  server: { port: 1420, strictPort: true, host: '127.0.0.1' },
  preview: { port: 1421, strictPort: true, host: '127.0.0.1' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The web views we ship for: WebKitGTK 2.40, WebView2, Safari 16.4.
    target: ['safari16.4', 'chrome111'],
    // The security policy of the app forbids fonts and scripts from data addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Windows with a telephony service in a frame have a page of their own, since they may call no command.
    rolldownOptions: { input: ['index.html', 'workspace.html'] },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test-setup.ts'],
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    // The contrast test reads the tokens; no other style matters without a layout.
    css: { include: [/tokens\.css/] },
  },
})
