/** Words about people and numbers. */
import type { NumberView } from '../../bridge'
import { country } from '../../text/format'
import { word } from '../../text/index.svelte'

/** `mobile`, `fixed line · Germany`: the kind of line, and the country when it is another one. */
export function numberWords(number: NumberView, home: string): string {
  const kind = word('number', number.kind)
  return number.region && number.region !== home ? `${kind} · ${country(number.region)}` : kind
}
