/**
 * The door for messages: a vendor's package may believe every frame and every page, so what it
 * listens to is this instead of the window. Only our own frame passes, and only while it shows the
 * page that the settings name.
 */
import type { Answer } from './sends'

export interface Listens {
  addEventListener(type: 'message', heard: (event: MessageEvent) => void): void
}

/** Where the framed page is. */
export interface Place {
  host: Listens
  /** Its origin. */
  origin: string
  frame: () => Window | null
}

/** What goes on between the framed page and the app. One per page: it listens for ever. */
export interface Session {
  ask(name: string, value: unknown): Promise<Answer>
}

export function gate(host: Listens, origin: string, frame: () => Window | null): Listens {
  return {
    addEventListener(type, heard) {
      host.addEventListener(type, (event) => {
        const ours = frame()
        if (ours !== null && event.source === ours && event.origin === origin) heard(event)
      })
    },
  }
}
