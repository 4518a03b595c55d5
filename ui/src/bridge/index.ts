/**
 * The bridge to Rust: commands go down, events come up.
 *
 * The only door. Outside the app (in a browser, in tests) a fake stands behind it, so that every
 * window runs without Rust. A command that fails throws a `CommandFailure` with the code that the
 * window may act on; everything else about it is a sentence to be shown.
 */
import { commands, events, type CommandError, type ErrorCode, type WindowWord } from './bindings'

export type * from './bindings'

type Raw = typeof commands
type Result<F> = F extends (...args: never[]) => Promise<infer R> ? Extract<R, { status: 'ok' }> : never
/** Every command of Rust, returning its result or throwing. */
export type Commands = {
  [K in keyof Raw]: (...args: Parameters<Raw[K]>) => Promise<Result<Raw[K]>['data']>
}
type Listener<E> = E extends { listen: (cb: (event: { payload: infer P }) => void) => unknown } ? P : never
/** What each event carries. */
export type Events = { [K in keyof typeof events]: Listener<(typeof events)[K]> }

export interface Bridge {
  commands: Commands
  /** Calls back at each event until the returned function is called. */
  listen<K extends keyof Events>(event: K, heard: (payload: Events[K]) => void): () => void
  /** Once whoever listens by now hears every event. What is asked before may be older than what is missed. */
  listening(): Promise<unknown>
  /** Which window this is. */
  window: WindowWord
}

export class CommandFailure extends Error {
  readonly code: ErrorCode
  /** The field or setting at fault. */
  readonly key: string | null

  constructor(error: CommandError) {
    super(error.message)
    this.name = 'CommandFailure'
    this.code = error.code
    this.key = error.key
  }
}

/** The failure's sentence, whatever was thrown. */
export function failureOf(thrown: unknown): CommandFailure {
  if (thrown instanceof CommandFailure) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new CommandFailure({ code: 'unexpected', message, key: null })
}

interface TauriMetadata {
  metadata?: { currentWindow?: { label?: string } }
}

function tauri(): TauriMetadata | undefined {
  return (globalThis as { __TAURI_INTERNALS__?: TauriMetadata }).__TAURI_INTERNALS__
}

function windowOf(label: string | null | undefined): WindowWord {
  return label === 'card' || label === 'wizard' ? label : 'desk'
}

function real(): Bridge {
  const opened = Object.entries(commands).map(([name, command]) => [
    name,
    async (...args: unknown[]) => {
      const result = await (command as (...args: unknown[]) => Promise<{ status: string }>)(...args)
      if (result.status === 'error')
        throw new CommandFailure((result as unknown as { error: CommandError }).error)
      return (result as unknown as { data: unknown }).data
    },
  ])
  let begun: Promise<unknown> = Promise.resolve()
  return {
    commands: Object.fromEntries(opened) as Commands,
    listen(event, heard) {
      const stop = events[event].listen((told: { payload: unknown }) => {
        heard(told.payload as Events[typeof event])
      })
      begun = Promise.all([begun, stop])
      return () => void stop.then((off) => off())
    },
    listening: () => begun,
    window: windowOf(tauri()?.metadata?.currentWindow?.label),
  }
}

let current: Bridge | undefined

/** Puts another bridge in place; for tests. */
export function useBridge(bridge: Bridge): void {
  current = bridge
}

/** The bridge of this window. */
export function bridge(): Bridge {
  if (!current) throw new Error('the bridge is used before it is open')
  return current
}

/** Asks Rust: `ask().fileCall(id)`. */
export function ask(): Commands {
  return bridge().commands
}

/** Opens the bridge: the real one inside the app, the fake one in a browser during development. */
export async function openBridge(): Promise<Bridge> {
  if (!current) {
    if (import.meta.env.PROD || tauri()) {
      current = real()
    } else {
      const { fakeBridge } = await import('./fake')
      const query = new URLSearchParams(location.search)
      current = fakeBridge({ window: windowOf(query.get('window')), query })
    }
  }
  return current
}
