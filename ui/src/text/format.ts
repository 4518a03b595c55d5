/** Numbers, dates, money and lengths in the agent's language. */
import { language, locale, t } from './index.svelte'

const day = 86_400_000

/** `4:12`, `1:02:07`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  const h = Math.floor(whole / 3600)
  const m = Math.floor(whole / 60) % 60
  return h > 0 ? `${String(h)}:${two(m)}:${two(whole % 60)}` : `${String(m)}:${two(whole % 60)}`
}

/** `4 min`, `45 s`, `1 h 05`: a length in words, short. */
export function length(seconds: number): string {
  const s = Math.round(seconds)
  if (s < 60) return t('length-s', { n: s })
  const minutes = Math.round(s / 60)
  if (minutes < 60) return t('length-min', { n: minutes })
  return t('length-h', { h: Math.floor(minutes / 60), m: String(minutes % 60).padStart(2, '0') })
}

export function count(n: number): string {
  return new Intl.NumberFormat(locale()).format(n)
}

export function percent(share: number): string {
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(share)
}

export function money(amount: string, currency: string | null): string {
  const value = Number(amount)
  if (!Number.isFinite(value)) return amount
  const whole = Number.isInteger(value)
  const digits = { minimumFractionDigits: whole ? 0 : 2, maximumFractionDigits: 2 }
  try {
    if (currency)
      return new Intl.NumberFormat(locale(), { style: 'currency', currency, ...digits }).format(value)
  } catch {
    // A code that no standard knows comes from the CRM; the bare number is still right.
  }
  return new Intl.NumberFormat(locale(), digits).format(value)
}

export function time(at: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', timeZone }).format(
    new Date(at),
  )
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime()
}

/** Whole days between the instant and now, by the local calendar. */
export function daysAgo(at: string, now = new Date()): number {
  return Math.round((midnight(now) - midnight(new Date(at))) / day)
}

/** `Today`, `Yesterday`, `Tuesday`, `12 March`. */
export function dayName(at: string, now = new Date()): string {
  const ago = daysAgo(at, now)
  if (ago === 0) return t('day-today')
  if (ago === 1) return t('day-yesterday')
  const date = new Date(at)
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric'
  const options: Intl.DateTimeFormatOptions =
    ago > 0 && ago < 7 ? { weekday: 'long' } : { day: 'numeric', month: 'long', year }
  const words = new Intl.DateTimeFormat(locale(), options).format(date)
  return words.charAt(0).toLocaleUpperCase(locale()) + words.slice(1)
}

/** `14:02` today, `Tue 14:02` this week, `12 Mar` before. */
export function moment(at: string, now = new Date()): string {
  const ago = daysAgo(at, now)
  if (ago === 0) return time(at)
  const date = new Date(at)
  if (ago > 0 && ago < 7) {
    const weekday = new Intl.DateTimeFormat(locale(), { weekday: 'short' }).format(date)
    return `${weekday} ${time(at)}`
  }
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric'
  return new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short', year }).format(date)
}

/** The whole instant, for a title. */
export function instant(at: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(at))
}

/** `20 s ago`, `3 min ago`, `2 h ago`, `4 days ago`. */
export function ago(at: string, now = Date.now()): string {
  const s = Math.max(0, Math.round((now - new Date(at).getTime()) / 1000))
  if (s < 5) return t('ago-now')
  if (s < 60) return t('ago-s', { n: s })
  if (s < 3600) return t('ago-min', { n: Math.round(s / 60) })
  if (s < 86_400) return t('ago-h', { n: Math.round(s / 3600) })
  return t('ago-days', { n: Math.round(s / 86_400) })
}

/** `in 12 s`, `in 3 min`, `in 2 h`. */
export function until(at: string, now = Date.now()): string {
  const s = Math.max(0, Math.round((new Date(at).getTime() - now) / 1000))
  if (s < 60) return t('until-s', { n: s })
  if (s < 3600) return t('until-min', { n: Math.round(s / 60) })
  return t('until-h', { n: Math.round(s / 3600) })
}

/** The country in words. */
export function country(region: string): string {
  try {
    return new Intl.DisplayNames([locale()], { type: 'region' }).of(region) ?? region
  } catch {
    return region
  }
}

/** `a, b and c`. */
export function list(words: string[]): string {
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(words)
}

/** Before and after a quotation. */
export function quoted(words: string): string {
  return language() === 'fr' ? `«\u202f${words}\u202f»` : `\u201c${words}\u201d`
}
