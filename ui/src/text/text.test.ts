/** The two languages say the same things, and every sentence that is used exists. */
import { Message, parse, type Resource, type VariableReference, Visitor } from '@fluent/syntax'
import { describe, expect, it } from 'vitest'

const files = import.meta.glob<string>('./*.ftl', { query: '?raw', import: 'default', eager: true })
const sources = import.meta.glob<string>(['../**/*.svelte', '../**/*.ts', '!../**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
})
const bindings = import.meta.glob<string>('../bridge/bindings.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
})

function messages(language: string): Map<string, string[]> {
  const resource: Resource = parse(files[`./${language}.ftl`] ?? '', {})
  const found = new Map<string, string[]>()
  for (const entry of resource.body) {
    expect(entry.type, `${language}: ${JSON.stringify(entry)}`).not.toBe('Junk')
    if (!(entry instanceof Message)) continue
    expect(found.has(entry.id.name), `${entry.id.name} stands twice in ${language}`).toBe(false)
    const variables = new Set<string>()
    class Collect extends Visitor {
      override visitVariableReference(node: VariableReference) {
        variables.add(node.id.name)
      }
    }
    new Collect().visit(entry)
    found.set(entry.id.name, [...variables].sort())
  }
  return found
}

const english = messages('en')
const french = messages('fr')

/** The words of an enumeration of the bridge, as they stand in message ids. */
function wordsOf(type: string): string[] {
  const text = bindings['../bridge/bindings.ts'] ?? ''
  // Documentation between the words is skipped.
  const body = new RegExp(`export type ${type} =([\\s\\S]*?);\\n`).exec(text)?.[1] ?? ''
  const words = [...body.replace(/\/\*\*[\s\S]*?\*\//g, '').matchAll(/"([a-z_]+)"/g)].map(
    (word) => word[1] ?? '',
  )
  expect(words.length, type).toBeGreaterThan(1)
  return words.map((word) => word.replaceAll('_', '-'))
}

/** Which enumeration stands behind each group of messages. */
const groups: Record<string, string[]> = {
  banner: ['reconnect', 'open', 'unlock', 'workspace'],
  'budget-span': ['1', '24', '720'],
  check: wordsOf('CheckWord'),
  'cloud-about': ['aircall', 'allo'],
  'cloud-logger': ['callside', 'enrich', 'skip'],
  delivery: wordsOf('DeliveryStateWord'),
  'dial-by': wordsOf('DialWithSetting'),
  'dial-from': wordsOf('RequestFromWord'),
  'dial-refused': wordsOf('DialRefusalWord'),
  'dial-warn': wordsOf('DialWarningWord'),
  disposition: ['reached', 'call-back', 'left-message', 'no-answer', 'wrong-number', 'not-interested'],
  end: wordsOf('EndReasonWord'),
  field: ['phone', 'mobile', 'home', 'assistant', 'other', 'fax'],
  filter: wordsOf('CallFilterWord').filter((word) => word !== 'to-file'),
  handler: wordsOf('HandlerStateWord'),
  'heard-mood': wordsOf('HeardMoodWord'),
  'import-log': wordsOf('ImportLogSetting'),
  kind: wordsOf('ContactKindWord'),
  mark: wordsOf('MarkWord'),
  missed: wordsOf('MissedSetting'),
  missing: wordsOf('MissingWord'),
  mood: wordsOf('MoodWord'),
  nobody: wordsOf('NobodyWord'),
  'not-logged': wordsOf('NotLoggedWord'),
  number: wordsOf('NumberKindWord'),
  'opportunity-rule': wordsOf('OpportunitySetting'),
  'overview-left': ['second', 'minute', 'hour', 'day', 'month'],
  page: wordsOf('PageWord'),
  'recipe-how': wordsOf('RecipeHowWord'),
  role: wordsOf('RoleWord'),
  room: ['connections', 'telephony', 'logging', 'desktop', 'general', 'privacy'],
  'sample-kind': wordsOf('SampleKindWord'),
  secrets: wordsOf('SecretsWord'),
  source: wordsOf('SourceStateWord'),
  spent: ['log', 'card', 'sync', 'sign-in', 'others'],
  step: ['secrets', 'crm', 'telephony', 'links'],
  'step-text': ['secrets', 'crm', 'telephony', 'links'],
  'step-title': ['secrets', 'crm', 'telephony', 'links'],
  story: wordsOf('StoryWord'),
  targets: wordsOf('TargetsSetting'),
  unknown: wordsOf('UnknownCallersSetting'),
  way: wordsOf('WayOutWord'),
}

describe('the messages', () => {
  it('are the same in both languages, with the same variables', () => {
    expect(Object.fromEntries(french)).toEqual(Object.fromEntries(english))
  })

  it('exist wherever the windows use them', () => {
    const used = new Set<string>()
    for (const text of Object.values(sources)) {
      for (const found of text.matchAll(/\bt\(\s*'([a-z][a-z0-9-]*)'/g)) used.add(found[1] ?? '')
      for (const found of text.matchAll(/\bt\([^()']*\?\s*'([a-z][a-z0-9-]*)'\s*:\s*'([a-z][a-z0-9-]*)'/g)) {
        used.add(found[1] ?? '')
        used.add(found[2] ?? '')
      }
    }
    expect(used.size).toBeGreaterThan(200)
    expect([...used].filter((id) => !english.has(id))).toEqual([])
  })

  it('exist for every word of every enumeration', () => {
    const used = new Set<string>()
    for (const text of Object.values(sources)) {
      for (const found of text.matchAll(/\bwords?\(\s*'([a-z-]+)'/g)) used.add(found[1] ?? '')
    }
    used.delete('kind')
    for (const group of used) expect(Object.keys(groups), group).toContain(group)
    const missing = Object.entries(groups).flatMap(([group, words]) =>
      words.map((word) => `${group}-${word}`).filter((id) => !english.has(id)),
    )
    expect(missing).toEqual([])
  })
})

describe('the typography', () => {
  const values = (language: string) =>
    (files[`./${language}.ftl`] ?? '')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.replace(/\{[^}]*\}/g, '…'))

  it('has curled apostrophes', () => {
    for (const language of ['en', 'fr']) {
      expect(values(language).filter((line) => line.includes("'"))).toEqual([])
    }
  })

  it('has narrow spaces before high punctuation in French', () => {
    const bad = values('fr').filter((line) =>
      /[^\u202f\u00a0\s][;!?»]|« | [;!?»]| :(?= |$)/.test(line.replace(/^[a-z0-9-]+ = /, '')),
    )
    expect(bad).toEqual([])
  })
})
