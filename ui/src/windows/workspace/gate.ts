/**
 * The door for messages: the vendor's package believes every frame and every page, so what it
 * listens to is this instead of the window. Only our own frame passes, and only while it shows the
 * page that the settings name.
 */
export interface Listens {
  addEventListener(type: 'message', heard: (event: MessageEvent) => void): void
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
