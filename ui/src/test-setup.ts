/** What jsdom lacks, and a clean document for each test. */
import { configure } from '@testing-library/svelte'
import '@testing-library/jest-dom/vitest'

class Silent {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver = Silent as unknown as typeof ResizeObserver
globalThis.matchMedia = ((query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
})) as unknown as typeof matchMedia
Element.prototype.scrollIntoView = () => undefined
Element.prototype.hasPointerCapture = () => false

// A page that loads when it is first asked for takes its time on a busy machine.
configure({ asyncUtilTimeout: 4000 })
