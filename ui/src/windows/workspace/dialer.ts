/**
 * Allo's dialler between the frame and the app. Its messages go to the app whole, since little of
 * them is documented; what the app asks goes to it and has no answer.
 */
import { gate, type Place, type Session } from './gate'

/** One per page: it listens for ever. */
export function beginDialer(place: Place, tell: (name: string, value: unknown) => void): Session {
  gate(place.host, place.origin, place.frame).addEventListener('message', ({ data }) => {
    if (isDialers(data)) tell('message', data)
  })
  return {
    ask(type, payload) {
      const frame = place.frame()
      frame?.postMessage({ source: 'allo-host', type, payload }, place.origin)
      return Promise.resolve({ ok: frame !== null, code: frame ? null : 'not_ready', data: null })
    },
  }
}

/** The page around the dialler says more, to others. */
function isDialers(data: unknown): boolean {
  return typeof data === 'object' && (data as { source?: unknown } | null)?.source === 'allo-dialer'
}
