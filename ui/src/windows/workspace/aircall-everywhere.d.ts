/** What the vendor's package does; it brings no types of its own. */
declare module 'aircall-everywhere' {
  interface Options {
    /** Where messages are listened for. */
    window: { addEventListener(type: 'message', heard: (event: MessageEvent) => void): void }
    debug: boolean
    onLogin(told: unknown): void
    onLogout(): void
  }
  export interface SendError {
    code: string
    message?: string
  }
  export default class AircallWorkspace {
    constructor(options: Options)
    /** One listener per event; the last one wins. */
    on(event: string, heard: (value: unknown) => void): void
    send(event: string, value: unknown, answered: (ok: boolean, told: unknown) => void): false | undefined
  }
}
