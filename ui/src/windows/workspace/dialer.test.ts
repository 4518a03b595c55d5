/** Who is believed to be Allo's dialler, and how a number is handed over. */
import { beforeEach, expect, it } from 'vitest'

import { beginDialer } from './dialer'
import { type Session } from './gate'

const ORIGIN = 'https://dialer.example.test'
const RINGS = { source: 'allo-dialer', type: 'incoming_call', payload: { from: '+33199000123' } }

let hear: (event: MessageEvent) => void
let sent: { message: unknown; origin: string }[]
let frame: Window | null
let told: [string, unknown][]
let session: Session

beforeEach(() => {
  sent = []
  told = []
  const ours = { postMessage: (message: unknown, origin: string) => sent.push({ message, origin }) }
  frame = ours as unknown as Window
  session = beginDialer(
    {
      host: { addEventListener: (_type, heard) => (hear = heard) },
      origin: ORIGIN,
      frame: () => frame,
    },
    (name, value) => told.push([name, value]),
  )
})

function says(data: unknown, { origin = ORIGIN, source = frame as unknown } = {}): void {
  hear({ data, origin, source } as MessageEvent)
}

it('passes on whole what the dialler says, known or not', () => {
  const odd = { source: 'allo-dialer', type: 'call_wrapped', payload: { reason: 'x' } }
  says(RINGS)
  says(odd)
  expect(told).toEqual([
    ['message', RINGS],
    ['message', odd],
  ])
})

it('does not hear another frame, another origin, or a page without a frame', () => {
  says(RINGS, { source: {} })
  says(RINGS, { source: null })
  says(RINGS, { origin: 'https://evil.example.test' })
  says(RINGS, { origin: `${ORIGIN}.evil.test` })
  says(RINGS, { origin: 'null' })
  frame = null
  says(RINGS)
  expect(told).toEqual([])
})

it('passes over what the page says to others', () => {
  for (const data of [null, 'ready', 7, {}, [], { type: 'SYNC' }, { ...RINGS, source: 'allo-host' }])
    says(data)
  expect(told).toEqual([])
})

it('hands a number over to the page that the settings name', async () => {
  const payload = { number: '+33199000123' }
  expect(await session.ask('dial', payload)).toEqual({ ok: true, code: null, data: null })
  expect(sent).toEqual([{ message: { source: 'allo-host', type: 'dial', payload }, origin: ORIGIN }])
  frame = null
  expect((await session.ask('dial', payload)).code).toBe('not_ready')
})
