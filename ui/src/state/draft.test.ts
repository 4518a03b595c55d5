import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { useBridge, type DraftChange, type DraftView, type SavedDraft } from '../bridge'
import { fail, fakeBridge } from '../bridge/fake'
import { Draft } from './draft.svelte'

const from = (change: Partial<DraftView> = {}): DraftView => ({
  revision: 1,
  note: '',
  tags: [],
  disposition: null,
  contact_chosen: false,
  ...change,
})

let saves: { change: DraftChange; done: (saved: SavedDraft) => void; failed: (why: unknown) => void }[] = []

beforeEach(() => {
  vi.useFakeTimers()
  saves = []
  const saveDraft = (_call: string, change: DraftChange) =>
    new Promise<SavedDraft>((done, failed) => saves.push({ change, done, failed }))
  useBridge(fakeBridge({ commands: { saveDraft } }))
})
afterEach(() => void vi.useRealTimers())

const notes = () => saves.map((save) => (save.change.is === 'note' ? save.change.note : save.change.is))

it('saves the last of several keystrokes, within 150 ms of it', async () => {
  const draft = new Draft('c', from())
  draft.write('a')
  await vi.advanceTimersByTimeAsync(50)
  draft.write('ab')
  await vi.advanceTimersByTimeAsync(150)
  expect(notes()).toEqual(['ab'])
})

it('never says saved while something newer is on the screen', async () => {
  const draft = new Draft('c', from())
  draft.write('a')
  await vi.advanceTimersByTimeAsync(150)
  draft.write('ab')
  await vi.advanceTimersByTimeAsync(150)
  expect(notes()).toEqual(['a'])
  saves[0]?.done({ revision: 2 })
  await vi.advanceTimersByTimeAsync(0)
  expect(draft.saving).toBe('writing')
  expect(notes()).toEqual(['a', 'ab'])
  saves[1]?.done({ revision: 3 })
  await vi.advanceTimersByTimeAsync(0)
  expect(draft.saving).toBe('saved')
})

it('flushes at once and waits for the acknowledgement', async () => {
  const draft = new Draft('c', from())
  draft.write('a')
  let flushed = false
  const flush = draft.flush().then(() => (flushed = true))
  await vi.advanceTimersByTimeAsync(0)
  expect(notes()).toEqual(['a'])
  expect(flushed).toBe(false)
  saves[0]?.done({ revision: 2 })
  await flush
  expect(flushed).toBe(true)
})

it('rejects a flush that could not be saved, and keeps the text', async () => {
  const draft = new Draft('c', from())
  draft.write('a')
  const flush = expect(draft.flush()).rejects.toThrow('The disk is full.')
  await vi.advanceTimersByTimeAsync(0)
  saves[0]?.failed(fail('unexpected', 'The disk is full.'))
  await flush
  expect(draft.note).toBe('a')
})

it('does not let an older text from Rust replace what is being written', async () => {
  const draft = new Draft('c', from())
  draft.write('mine')
  draft.refresh(from({ revision: 2, note: 'theirs' }))
  expect(draft.note).toBe('mine')
})

it('takes over what another hand changed, once its own is on disk', async () => {
  const draft = new Draft('c', from())
  draft.write('mine')
  await vi.advanceTimersByTimeAsync(150)
  draft.refresh(from({ revision: 3, note: 'mine', tags: ['urgent'] }))
  expect(draft.tags).toEqual([])
  saves[0]?.done({ revision: 2 })
  await vi.advanceTimersByTimeAsync(0)
  expect(draft.tags).toEqual(['urgent'])
})

it('follows Rust while nothing is being written', () => {
  const draft = new Draft('c', from())
  draft.refresh(from({ revision: 2, note: 'from the command line' }))
  expect(draft.note).toBe('from the command line')
})
