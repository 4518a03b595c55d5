/** Where the desk is, and what its lists hold. */
import {
  ask,
  bridge,
  failureOf,
  type CallDetail,
  type CallFilterWord,
  type CallRow,
  type CloudView,
  type ConnectionView,
  type ContactDetail,
  type ContactKey,
  type ContactRow,
  type HandlerView,
  type PageWord,
  type SampleView,
  type SettingsPage,
  type SettingsView,
  type TelephonyView,
} from '../bridge'
import { app, attempt } from './app.svelte'
import { Draft } from './draft.svelte'

/** The part of the settings that is shown. */
export type SettingsRoom =
  'connections' | 'telephony' | 'logging' | 'desktop' | 'general' | 'privacy' | 'advanced'

class Desk {
  page = $state<PageWord>('calls')
  room = $state<SettingsRoom>('connections')
  palette = $state(false)
  panel = $state(false)

  go(page: PageWord, room?: SettingsRoom): void {
    this.page = page
    if (room) this.room = room
  }
}
export const desk = new Desk()

class Calls {
  filter = $state<CallFilterWord>('all')
  search = $state('')
  rows = $state.raw<CallRow[]>([])
  next = $state<string | null>(null)
  loaded = $state(false)
  selected = $state<string | null>(null)
  detail = $state.raw<CallDetail>()
  draft = $state.raw<Draft>()
  #asked = 0

  async load(more = false, limit = 100): Promise<void> {
    const turn = ++this.#asked
    const filter = desk.page === 'to_file' ? 'to_file' : this.filter
    const after = more ? this.next : null
    const page = await attempt(() => ask().calls({ filter, search: this.search, after, limit }))
    // An answer to an older question would undo a newer one.
    if (!page || turn !== this.#asked) return
    this.rows = more ? [...this.rows, ...page.calls] : page.calls
    this.next = page.next
    this.loaded = true
    if (app.view) app.view = { ...app.view, counts: page.counts }
  }

  async open(call: string | null): Promise<void> {
    await this.draft?.flush().catch(() => undefined)
    this.selected = call
    if (!call) {
      this.detail = undefined
      this.draft = undefined
      return
    }
    const detail = await attempt(() => ask().callDetail(call))
    if (!detail || this.selected !== call) return
    const same = this.draft?.call === call
    this.detail = detail
    if (same) this.draft?.refresh(detail.card.draft)
    else this.draft = new Draft(call, detail.card.draft)
  }

  /** Shows the first call beside the list where there is room for both. */
  async openFirst(): Promise<void> {
    await this.load()
    const first = this.rows[0]
    if (first && !this.selected && globalThis.innerWidth > 860) await this.open(first.call.id)
  }

  async refresh(): Promise<void> {
    // What was paged in stays on the screen, as far as one answer holds it.
    await this.load(false, Math.min(200, Math.max(100, this.rows.length)))
    if (this.selected) await this.open(this.selected)
  }
}
export const calls = new Calls()

class Contacts {
  search = $state('')
  rows = $state.raw<ContactRow[]>([])
  loaded = $state(false)
  selected = $state.raw<ContactKey>()
  detail = $state.raw<ContactDetail>()
  #asked = 0

  async load(): Promise<void> {
    const turn = ++this.#asked
    const rows = await attempt(() => ask().searchContacts(this.search, 100))
    if (!rows || turn !== this.#asked) return
    this.rows = rows
    this.loaded = true
  }

  /** Shows the first contact beside the list where there is room for both. */
  async openFirst(shown: boolean): Promise<void> {
    await this.load()
    const first = this.rows[0]
    if (first && shown && !this.selected && globalThis.innerWidth > 860) await this.open(first.at)
  }

  async open(key: ContactKey | undefined): Promise<void> {
    this.selected = key
    this.detail = key && (await attempt(() => ask().contact(key)))
  }
}
export const contacts = new Contacts()

/** Whether two keys name one record. */
export function sameContact(a: ContactKey | null | undefined, b: ContactKey | null | undefined): boolean {
  return !!a && !!b && a.id === b.id && a.kind === b.kind && a.connection === b.connection
}

/** What is read once and told of from then on. */
type Told = 'connections' | 'telephony' | 'clouds'

class Setup {
  connections = $state.raw<ConnectionView[]>([])
  telephony = $state.raw<TelephonyView>()
  clouds = $state.raw<CloudView[]>([])
  handlers = $state.raw<HandlerView[]>([])
  page = $state.raw<SettingsPage>()
  sample = $state.raw<SampleView>()
  /** The setting that was refused, and why. */
  refused = $state.raw<{ key: string | null; message: string }>()

  readonly #told: Record<Told, number> = { connections: 0, telephony: 0, clouds: 0 }

  async load(): Promise<void> {
    await bridge().listening()
    // Each by itself: who opens links is asked of the system, which takes its time.
    await Promise.all([
      this.#read('connections', () => ask().connections()),
      this.#read('telephony', () => ask().telephony()),
      attempt(async () => (this.handlers = await ask().handlers())),
      attempt(async () => (this.page = await ask().settings())),
      this.#read('clouds', () => ask().clouds()),
    ])
  }

  /** Takes what Rust tells. */
  hear<T extends Told>(what: T, next: this[T]): void {
    this.#told[what] += 1
    this[what] = next
  }

  /** What was told meanwhile is newer than what is read. */
  async #read<T extends Told>(what: T, read: () => Promise<this[T]>): Promise<void> {
    const before = this.#told[what]
    const next = await attempt(read)
    if (next !== undefined && this.#told[what] === before) this[what] = next
  }

  /** The settings may have been changed by hand. */
  async refresh(): Promise<void> {
    if (this.page) await attempt(async () => (this.page = await ask().settings()))
  }

  /** Changes settings; a refusal stands beside its field and nothing changes. */
  async save(change: (settings: SettingsView) => void): Promise<void> {
    if (!this.page) return
    const next = structuredClone(this.page.settings)
    change(next)
    try {
      this.page = await ask().saveSettings(next)
      this.refused = undefined
    } catch (thrown) {
      const failure = failureOf(thrown)
      this.refused = { key: failure.key, message: failure.message }
      if (!failure.key) app.notice = failure.message
    }
  }
}
export const setup = new Setup()

/** Follows what Rust tells the desk. */
export function listenToDesk(): () => void {
  const { listen } = bridge()
  const stops = [
    listen('callsChanged', () => void calls.refresh()),
    listen('connectionsChanged', (next) => setup.hear('connections', next)),
    listen('appChanged', () => void setup.refresh()),
    listen('telephonyChanged', (next) => setup.hear('telephony', next)),
    listen('cloudsChanged', (next) => setup.hear('clouds', next)),
    listen('sampleChanged', (next) => (setup.sample = next)),
    listen('navigate', (to) => {
      desk.go(to.page)
      if (to.call) void calls.open(to.call)
    }),
  ]
  return () => stops.forEach((stop) => stop())
}
