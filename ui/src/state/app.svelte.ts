/** What every window knows: language, theme, counts, banners. */
import { ask, bridge, failureOf, type AppView, type BannerView, type CountsView } from '../bridge'
import { speak } from '../text/index.svelte'

class App {
  view = $state.raw<AppView>()
  banners = $state.raw<BannerView[]>([])
  /** What went wrong last, as a sentence; shown until closed. */
  notice = $state<string>()
  /** The present instant, once a second, for clocks and ages. */
  now = $state(Date.now())
}

export const app = new App()

/** The view of the app; every window waits for it before it is mounted. */
export function view(): AppView {
  if (!app.view) throw new Error('the app is not open')
  return app.view
}

export function counts(): CountsView {
  return view().counts
}

/** Runs a command for the agent; a failure becomes a sentence on the screen. */
export async function attempt<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run()
  } catch (thrown) {
    app.notice = failureOf(thrown).message
    return undefined
  }
}

/** The name of a key on this system: `Ctrl+K`, `⌘K`. */
export function keys(name: string): string {
  if (view().platform !== 'macos') return name
  return name.replace('Ctrl+', '⌘').replace('Alt+', '⌥').replace('Shift+', '⇧').replace('Enter', '↩')
}

/** Whether the event carries the system's command key. */
export function command(event: KeyboardEvent): boolean {
  return view().platform === 'macos' ? event.metaKey : event.ctrlKey
}

const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)')

function dress(): void {
  const theme = app.view?.theme ?? 'system'
  const resolved = theme === 'system' ? (dark?.matches ? 'dark' : 'light') : theme
  document.documentElement.dataset.theme = resolved
}

async function take(next: AppView): Promise<void> {
  if (next.language !== document.documentElement.dataset.language) {
    await speak(next.language)
    document.documentElement.dataset.language = next.language
  }
  app.view = next
  dress()
}

/** Asks Rust for the view and follows its changes. */
export async function openApp(): Promise<void> {
  const { listen, listening, window } = bridge()
  listen('appChanged', (next) => void take(next))
  listen('callsChanged', (next) => {
    if (app.view) app.view = { ...app.view, counts: next }
  })
  listen('bannersChanged', (next) => (app.banners = next))
  dark?.addEventListener('change', dress)
  setInterval(() => (app.now = Date.now()), 1000)
  await take(await ask().appView())
  await listening()
  if (window === 'desk') void attempt(async () => (app.banners = await ask().banners()))
}
