/** What the card window shows, and what the agent does there. */
import { SvelteMap } from 'svelte/reactivity'

import { ask, bridge, type CardState, type CardView, type ContactKey } from '../bridge'
import { attempt } from './app.svelte'
import { Draft } from './draft.svelte'

class Cards {
  state = $state.raw<CardState>({ revision: 0, cards: [], front: null, dial_request: null, undo: [] })
  /** The call in front. */
  shown = $state<string | null>(null)
  /** The caret is in a field: nothing may take the card away. */
  writing = $state(false)
  /** When each filing that can be undone was first seen, for the time that is left. */
  drafts = new SvelteMap<string, Draft>()

  get card(): CardView | undefined {
    return this.state.cards.find((card) => card.call.id === this.shown)
  }

  take(next: CardState): void {
    if (next.revision < this.state.revision) return
    const front = next.front !== this.state.front ? next.front : this.shown
    const gone = !next.cards.some((card) => card.call.id === this.shown)
    this.state = next
    // A second call that rings does not take the card from under the agent's hands.
    if (gone) this.shown = next.front ?? next.cards.at(-1)?.call.id ?? null
    else if (!this.writing && front) this.shown = front
    const calls = new Set(next.cards.map((card) => card.call.id))
    for (const card of next.cards) this.draft(card).refresh(card.draft)
    for (const id of [...this.drafts.keys()]) if (!calls.has(id)) this.drafts.delete(id)
  }

  draft(card: CardView): Draft {
    const known = this.drafts.get(card.call.id)
    if (known) return known
    const fresh = new Draft(card.call.id, card.draft)
    this.drafts.set(card.call.id, fresh)
    return fresh
  }

  choose(call: string, contact: ContactKey | null): void {
    void attempt(() => ask().chooseContact(call, contact))
  }

  /** Files the call once everything on the screen is on disk. */
  async file(card: CardView): Promise<void> {
    if (!card.filing.can_file || card.mood !== 'wrap_up') return
    await attempt(async () => {
      await this.draft(card).flush()
      await ask().fileCall(card.call.id)
    })
  }

  async setAside(card: CardView): Promise<void> {
    await attempt(async () => {
      await this.draft(card).flush()
      await ask().setAside(card.call.id)
    })
  }

  async discard(card: CardView): Promise<void> {
    await attempt(async () => {
      await this.draft(card).flush()
      await ask().discardCall(card.call.id)
    })
  }

  async flushAll(): Promise<void> {
    await Promise.allSettled([...this.drafts.values()].map((draft) => draft.flush()))
  }
}

export const cards = new Cards()

/** Forgets everything; for tests. */
export function resetCards(): void {
  cards.state = { revision: 0, cards: [], front: null, dial_request: null, undo: [] }
  cards.shown = null
  cards.writing = false
  cards.drafts.clear()
}

/** Asks for the state and follows it. */
export async function openCards(): Promise<() => void> {
  const stop = bridge().listen('cardChanged', (next) => cards.take(next))
  cards.take(await ask().cardState())
  return stop
}
