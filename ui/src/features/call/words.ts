/** A call's state, direction and result as a word and an icon. */
import type { CallRow, CardView, MarkWord, MoodWord } from '../../bridge'
import { t, word } from '../../text/index.svelte'

export type Tone = 'accent' | 'talking' | 'to-file' | 'stuck' | 'plain'

export function tone(mood: MoodWord): Tone {
  switch (mood) {
    case 'ringing':
    case 'dialing':
    case 'handed_over':
      return 'accent'
    case 'talking':
    case 'held':
      return 'talking'
    case 'wrap_up':
      return 'to-file'
  }
}

/** The sentence of the strip: `Incoming call`, `Sent to Aircall`, `Call ended`. */
export function moodText(card: CardView): string {
  if (card.mood === 'handed_over') return t('mood-handed-over', { softphone: card.source_name })
  if (card.mood === 'wrap_up') {
    return card.call.end_reason === 'completed' || !card.call.end_reason
      ? t('mood-wrap-up')
      : resultText(card.call)
  }
  return word('mood', card.mood)
}

/** Direction and result in one word or two: `Missed call`, `Outgoing call`. */
export function resultText(call: CallRow['call']): string {
  const way = call.direction
  switch (call.end_reason) {
    case 'missed':
      return t('result-missed')
    case 'declined':
      return t(way === 'inbound' ? 'result-declined' : 'result-refused')
    case 'cancelled':
      return t('result-cancelled')
    case 'busy':
      return t('result-busy')
    case 'failed':
      return t('result-failed')
    default:
      return t(way === 'inbound' ? 'result-inbound' : 'result-outbound')
  }
}

export function markText(mark: MarkWord): string {
  return word('mark', mark)
}

export function markTone(mark: MarkWord): Tone {
  if (mark === 'live') return 'talking'
  if (mark === 'to_file') return 'to-file'
  return mark === 'stuck' ? 'stuck' : 'plain'
}
