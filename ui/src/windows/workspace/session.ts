/**
 * Aircall's package between the frame and the app: what the Workspace says goes to the app once
 * somebody is signed in, what the app asks goes to the Workspace.
 */
import imported from 'aircall-everywhere'

import { gate, type Place, type Session } from './gate'
import { Sends } from './sends'

/** What the Workspace says of calls. There is nothing else that the app takes. */
export const EVENTS = [
  'incoming_call',
  'call_end_ringtone',
  'outgoing_call',
  'outgoing_answered',
  'call_ended',
  'comment_saved',
  'external_dial',
] as const

// The package is CommonJS: whether its class is the import or its `default` depends on who bundles.
type Sdk = typeof imported
const AircallWorkspace = (imported as Sdk & { default?: Sdk }).default ?? imported

/** One per page: the package listens for ever. */
export function beginSession(place: Place, tell: (name: string, value: unknown) => void): Session {
  let signedIn = false
  const sdk = new AircallWorkspace({
    window: gate(place.host, place.origin, place.frame),
    debug: false,
    onLogin(told) {
      signedIn = true
      tell('login', told)
    },
    onLogout() {
      signedIn = false
      tell('logout', null)
    },
  })
  for (const event of EVENTS) {
    sdk.on(event, (value) => {
      if (signedIn) tell(event, value)
    })
  }
  const sends = new Sends(sdk)
  return { ask: (name, value) => sends.ask(name, value) }
}
