/**
 * The line to the app: one address to tell things to, and one stream of what the app says. The key
 * came with the address of this page, after the `#`, where no frame can read it.
 */

/** More than this is refused there. */
const LONGEST = 16 * 1024

/** Whose page is framed. */
export type Service = 'aircall' | 'allo'

export interface Setup {
  service: Service
  /** The service as people write it. */
  name: string
  language: string
  theme: 'light' | 'dark' | null
  /** The page to show. */
  frame_url: string
  /** What it may use: the frame's `allow`. */
  allow: string
  /** What there is to know before a call, a sentence each. */
  notes: string[]
}

export interface Standing {
  tone: 'quiet' | 'good' | 'warn'
  title: string
  advice: string | null
}

export type Said =
  | { say: 'setup'; setup: Setup }
  | { say: 'standing'; standing: Standing }
  | { say: 'ask'; id: number; name: string; value: unknown }

export interface Line {
  /** In the order of the calls; what does not arrive is lost. */
  tell(name: string, value: unknown): void
}

export function openLine(key: string, heard: (said: Said) => void): Line {
  const stream = new EventSource(`/asks?key=${encodeURIComponent(key)}`)
  stream.onmessage = (event: MessageEvent<string>) => heard(JSON.parse(event.data) as Said)
  let last: Promise<unknown> = Promise.resolve()
  return {
    tell(name, value) {
      const body = JSON.stringify({ name, value: value ?? null })
      if (body.length > LONGEST) return
      const headers = { 'content-type': 'application/json', 'x-callside-key': key }
      last = last.then(() => fetch('/event', { method: 'POST', headers, body })).catch(() => undefined)
    },
  }
}
