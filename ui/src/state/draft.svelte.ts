/**
 * What the agent writes about one call, until Rust says that it is on disk.
 *
 * The text on the screen is always the agent's own. A save goes out a moment after a keystroke,
 * at once when the field is left or the call is filed, and never two at a time; "saved" is said
 * only when Rust acknowledged exactly what is on the screen.
 */
import { ask, failureOf, type DraftChange, type DraftView } from '../bridge'

/** Milliseconds between a keystroke and its save. */
const settle = 120
/** Milliseconds until a failed save is tried again. */
const again = 1500

export type Saving = 'untouched' | 'writing' | 'saved' | 'failed'

export class Draft {
  note = $state('')
  tags = $state<string[]>([])
  disposition = $state<string | null>(null)
  saving = $state<Saving>('untouched')
  /** Why the last save failed. */
  problem = $state('')

  readonly call: string
  #revision: number
  // What waits to be sent is never shown.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #due = new Map<DraftChange['is'], DraftChange>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #flight: Promise<void> | undefined
  #behind: DraftView | undefined

  constructor(call: string, from: DraftView) {
    this.call = call
    this.#revision = from.revision
    this.#adopt(from)
  }

  /** Takes over what Rust has, unless the agent is ahead of it. */
  refresh(from: DraftView): void {
    if (from.revision <= this.#revision) return
    if (this.#busy()) {
      // Somebody else changed another piece meanwhile: taken over once ours is on disk.
      this.#behind = from
      return
    }
    this.#revision = from.revision
    this.#adopt(from)
  }

  write(note: string): void {
    this.note = note
    this.#save({ is: 'note', note }, settle)
  }

  label(tags: string[]): void {
    this.tags = tags
    this.#save({ is: 'tags', tags }, 0)
  }

  conclude(word: string | null): void {
    this.disposition = word
    this.#save({ is: 'disposition', word }, 0)
  }

  opportunity(id: string | null): void {
    this.#save({ is: 'opportunity', id }, 0)
  }

  /** Resolves once everything on the screen is on disk; rejects when it could not be saved. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#flight
    if (this.#due.size > 0) await this.#send()
    if (this.saving === 'failed') throw failureOf(this.problem)
  }

  #adopt(from: DraftView): void {
    this.note = from.note
    this.tags = from.tags
    this.disposition = from.disposition
  }

  #busy(): boolean {
    return this.#due.size > 0 || this.#flight !== undefined
  }

  #save(change: DraftChange, wait: number): void {
    this.#due.set(change.is, change)
    this.saving = 'writing'
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#send(), wait)
  }

  async #send(): Promise<void> {
    if (this.#flight) return this.#flight
    this.#flight = this.#deliver()
    await this.#flight
  }

  async #deliver(): Promise<void> {
    try {
      while (this.#due.size > 0) {
        const [kind, change] = [...this.#due][0] as [DraftChange['is'], DraftChange]
        this.#due.delete(kind)
        try {
          const { revision } = await ask().saveDraft(this.call, change)
          this.#revision = Math.max(this.#revision, revision)
        } catch (thrown) {
          // A newer change of the same kind makes this one pointless.
          if (!this.#due.has(kind)) this.#due.set(kind, change)
          this.problem = failureOf(thrown).message
          this.saving = 'failed'
          this.#timer = setTimeout(() => void this.#send(), again)
          return
        }
      }
      this.saving = 'saved'
      if (this.#behind && this.#behind.revision >= this.#revision) this.#adopt(this.#behind)
      this.#behind = undefined
    } finally {
      this.#flight = undefined
    }
  }
}
