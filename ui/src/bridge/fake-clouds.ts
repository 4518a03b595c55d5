/** The telephony services of the stand-in: one connected, one not, with invented people. */
import type { CloudAgentView, CloudView } from './bindings'

export const agents: CloudAgentView[] = [
  { id: '9101', name: 'Claire Moreau', email: 'claire@callside.example' },
  { id: '9102', name: 'Hugo Blanc', email: 'hugo@callside.example' },
  { id: '9103', name: 'Nadia Roy', email: 'nadia@callside.example' },
]

const offered = [
  { name: 'Devis', color: '#00B388' },
  { name: 'Urgent', color: '#D64545' },
  { name: 'Livraison', color: '#4A6FE3' },
  { name: 'SAV', color: '#E0A100' },
]

/** A service that is not connected. */
export function resting(id: 'aircall' | 'allo'): CloudView {
  return {
    id,
    name: id === 'aircall' ? 'Aircall' : 'Allo',
    state: 'off',
    connected: false,
    trouble: null,
    agent: null,
    by_hand: false,
    email: 'claire@callside.example',
    lines: [],
    tags: [],
    workspace: null,
    not_understood: [],
    import: null,
    last_minute: 0,
  }
}

/** A service that is connected and has looked for calls. */
export function connectedCloud(id: 'aircall' | 'allo', at: string): CloudView {
  return {
    ...resting(id),
    state: 'connected',
    connected: true,
    agent: agents[0] ?? null,
    lines: [
      { name: 'Paris', number: '+33 1 99 00 12 00', key: '+33199001200', logged: true },
      { name: 'Lyon', number: '+33 4 65 71 12 00', key: '+33465711200', logged: true },
    ],
    tags: offered,
    import: {
      running: false,
      done: 38,
      total: 38,
      left_s: null,
      taken: 12,
      last_at: at,
      trouble: null,
      recordings_waiting: 0,
      recordings_done: 0,
    },
    last_minute: 4,
  }
}
