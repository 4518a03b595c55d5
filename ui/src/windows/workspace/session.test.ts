/** The real package behind our door: who is believed, when, and what becomes of answers. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { type Listens, type Session } from './gate'
import { beginSession } from './session'

const ORIGIN = 'https://workspace.example.test'
const USER = { email: 'ada@example.test', first_name: 'Ada', last_name: 'Test' }
const RINGS = { from: '+33199000123', to: '+33199000199', call_id: 9 }

/** A frame that notes what it is sent. */
class Frame {
  heard: { name: string; value?: unknown }[] = []
  origins: string[] = []
  postMessage(message: { name: string; value?: unknown }, origin: string): void {
    this.heard.push(message)
    this.origins.push(origin)
  }
}

let hear: (event: MessageEvent) => void
let ours: Frame
let told: [string, unknown][]
let session: Session

beforeEach(() => {
  vi.useFakeTimers()
  const host: Listens = { addEventListener: (_type, heard) => (hear = heard) }
  ours = new Frame()
  told = []
  const frame = () => ours as unknown as Window
  session = beginSession({ host, origin: ORIGIN, frame }, (name, value) => told.push([name, value]))
})
afterEach(() => vi.useRealTimers())

function says(data: unknown, { origin = ORIGIN, source = ours as unknown } = {}): void {
  hear({ data, origin, source } as MessageEvent)
}

function signIn(): void {
  says({ name: 'apm_phone_loaded', value: USER })
}

it('tells who signed in, and of calls from then on', () => {
  signIn()
  says({ name: 'apm_phone_incoming_call', value: RINGS })
  expect(told).toEqual([
    ['login', { user: USER }],
    ['incoming_call', RINGS],
  ])
  expect(ours.heard[0]?.name).toBe('apm_app_isready')
  expect(ours.origins).toEqual([ORIGIN])
})

it('does not hear another frame, another origin, or a page without a frame', () => {
  const forgeries = [
    { source: new Frame() },
    { origin: 'https://evil.example.test' },
    { origin: 'null' },
    { origin: `${ORIGIN}.evil.test` },
    { source: null },
  ]
  for (const forgery of forgeries) {
    says({ name: 'apm_phone_loaded', value: USER }, forgery)
  }
  expect(told).toEqual([])
  signIn()
  for (const forgery of forgeries) {
    says({ name: 'apm_phone_incoming_call', value: RINGS }, forgery)
    says({ name: 'apm_phone_logout' }, forgery)
    says({ name: 'apm_phone_loaded', value: USER }, forgery)
  }
  expect(told).toHaveLength(1)
})

it('hears nothing while our frame is not there', () => {
  ours = null as unknown as Frame
  says({ name: 'apm_phone_loaded', value: USER }, { source: null })
  expect(told).toEqual([])
})

it('says nothing of calls before somebody is signed in, nor after', () => {
  says({ name: 'apm_phone_incoming_call', value: RINGS })
  expect(told).toEqual([])
  signIn()
  says({ name: 'apm_phone_logout' })
  says({ name: 'apm_phone_incoming_call', value: RINGS })
  expect(told.map(([name]) => name)).toEqual(['login', 'logout'])
})

it('passes on nothing that has another name', () => {
  signIn()
  for (const data of [
    null,
    'apm_phone_incoming_call',
    { name: 'apm_phone_redirect_event', value: {} },
    { name: 'apm_phone_invented', value: {} },
    { name: 'incoming_call', value: RINGS },
  ]) {
    says(data)
  }
  expect(told).toHaveLength(1)
})

it('asks one thing of a kind at a time', async () => {
  signIn()
  const first = session.ask('dial_number', { phone_number: '+33199000123' })
  const second = session.ask('dial_number', { phone_number: '+33199000124' })
  await vi.advanceTimersByTimeAsync(0)
  const asked = () => ours.heard.filter(({ name }) => name === 'apm_app_dial_number')
  expect(asked()).toHaveLength(1)
  says({ name: 'apm_phone_dial_number_response', value: { success: true, data: null } })
  expect(await first).toEqual({ ok: true, code: null, data: null })
  await vi.advanceTimersByTimeAsync(0)
  expect(asked()).toHaveLength(2)
  says({
    name: 'apm_phone_dial_number_response',
    value: { success: false, errorCode: 'in_call', errorMessage: 'busy' },
  })
  expect(await second).toEqual({ ok: false, code: 'in_call', data: null })
})

it('does not give a late answer to the next question', async () => {
  signIn()
  const first = session.ask('dial_number', { phone_number: '+33199000123' })
  const second = session.ask('dial_number', { phone_number: '+33199000124' })
  await vi.advanceTimersByTimeAsync(2000)
  expect(await first).toEqual({ ok: false, code: 'no_answer', data: null })
  await vi.advanceTimersByTimeAsync(500)
  says({ name: 'apm_phone_dial_number_response', value: { success: true, data: null } })
  await vi.advanceTimersByTimeAsync(2500)
  says({ name: 'apm_phone_dial_number_response', value: { success: false, errorCode: 'in_call' } })
  expect(await second).toEqual({ ok: false, code: 'in_call', data: null })
})

it('says at once that nobody is there to be asked', async () => {
  expect(await session.ask('is_logged_in', null)).toEqual({ ok: false, code: 'not_ready', data: null })
})
