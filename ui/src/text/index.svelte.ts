/**
 * Every sentence the agent reads. One set of Fluent files serves Rust and the windows.
 */
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle'

import type { LanguageWord } from '../bridge'

const files = import.meta.glob<string>('./*.ftl', { query: '?raw', import: 'default' })

class Text {
  language = $state<LanguageWord>('en')
  bundle = $state.raw<FluentBundle>(new FluentBundle('en'))
}

const text = new Text()

/** The language in force; reading it in a component makes the component follow it. */
export function language(): LanguageWord {
  return text.language
}

/** The locale for Intl: English as people outside the United States write dates and numbers. */
export function locale(): string {
  return text.language === 'fr' ? 'fr-FR' : 'en-GB'
}

/** Loads a language and shows everything in it. */
export async function speak(language: LanguageWord): Promise<void> {
  const load = files[`./${language}.ftl`]
  if (!load) throw new Error(`no text for ${language}`)
  // Isolation marks would end up in copied text; names stand in elements of their own anyway.
  const bundle = new FluentBundle(language === 'fr' ? 'fr-FR' : 'en-GB', { useIsolating: false })
  const errors = bundle.addResource(new FluentResource(await load()))
  if (errors.length > 0) throw errors[0]
  text.bundle = bundle
  text.language = language
  document.documentElement.lang = language
}

/** The sentence of this id. */
export function t(id: string, args?: Record<string, FluentVariable>): string {
  const message = text.bundle.getMessage(id)
  if (!message?.value) return id
  return text.bundle.formatPattern(message.value, args ?? null, [])
}

/** The sentence for one word of an enumeration: `word('kind', 'person_account')`. */
export function word(group: string, value: string, args?: Record<string, FluentVariable>): string {
  return t(`${group}-${value.replaceAll('_', '-')}`, args)
}

/** The sentence of this id if there is one, else the other text. For words from outside. */
export function tOr(id: string, otherwise: string): string {
  return text.bundle.hasMessage(id) ? t(id) : otherwise
}
