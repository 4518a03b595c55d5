/**
 * What is asked of the Workspace, one question of a kind at a time: an answer carries no mark of
 * the question it belongs to, so two of a kind would take each other's.
 */
import type { SendError } from 'aircall-everywhere'

/** An answer after the vendor's two seconds still arrives, and must not be taken for the next one. */
const LATE_MS = 3000

export interface Asks {
  send(event: string, value: unknown, answered: (ok: boolean, told: unknown) => void): false | undefined
}

export interface Answer {
  ok: boolean
  /** Why not, in the vendor's word: `in_call`, `no_answer`, `not_ready`. */
  code: string | null
  data: unknown
}

export class Sends {
  readonly #sdk: Asks
  readonly #last = new Map<string, Promise<unknown>>()

  constructor(sdk: Asks) {
    this.#sdk = sdk
  }

  ask(name: string, value: unknown): Promise<Answer> {
    const before = this.#last.get(name) ?? Promise.resolve()
    const answer = before.then(() => this.#once(name, value))
    this.#last.set(
      name,
      answer.then(({ code }) => (code === 'no_answer' ? passed(LATE_MS) : undefined)),
    )
    return answer
  }

  #once(name: string, value: unknown): Promise<Answer> {
    return new Promise((settle) => {
      this.#sdk.send(name, value, (ok, told) => {
        settle(ok ? { ok, code: null, data: told ?? null } : { ok, code: codeOf(told), data: null })
      })
    })
  }
}

function codeOf(told: unknown): string {
  const code = (told as Partial<SendError> | null | undefined)?.code
  return typeof code === 'string' ? code : 'unknown_error'
}

function passed(ms: number): Promise<void> {
  return new Promise((settle) => setTimeout(settle, ms))
}
