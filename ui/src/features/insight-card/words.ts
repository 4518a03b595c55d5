/** Words about people and numbers. */
import type { NumberView } from '../../bridge'
import { country } from '../../text/format'
import { word } from '../../text/index.svelte'

/** `mobile`, `fixed line · Germany`: the kind of line, and the country when it is another one. */
export function numberWords(number: NumberView, home: string): string {
  // A kind that the number plan does not know tells nothing.
  const kind = number.kind === 'unknown' ? '' : word('number', number.kind)
  const land = number.region && number.region !== home ? country(number.region) : ''
  return [kind, land].filter(Boolean).join(' · ')
}
