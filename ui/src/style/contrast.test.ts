/** Text can be read on what it stands on, in both themes (WCAG AA), and so can icons. */
import { describe, expect, it } from 'vitest'

const css = Object.values(
  import.meta.glob<string>('./tokens.css', { query: '?raw', import: 'default', eager: true }),
)[0] as string

function tokens(theme: string): Record<string, string> {
  const block = new RegExp(`\\[data-theme='${theme}'\\] \\{([\\s\\S]*?)\\n\\}`).exec(css)?.[1] ?? ''
  return Object.fromEntries(
    [...block.matchAll(/--([a-z0-9-]+): ([^;]+);/g)].map((pair) => [pair[1], pair[2]]),
  )
}

type Rgb = [number, number, number]

function hex(text: string): Rgb {
  const found = /^#(..)(..)(..)$/.exec(text)
  if (!found) throw new Error(`not a colour: ${text}`)
  return [1, 2, 3].map((part) => parseInt(found[part] ?? '', 16)) as Rgb
}

function hsl(hue: number, chroma: number, light: number): Rgb {
  const part = (n: number) => {
    const k = (n + hue / 30) % 12
    const a = chroma * Math.min(light, 1 - light)
    return Math.round(255 * (light - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return [part(0), part(8), part(4)]
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as Rgb
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const text: [string, string[]][] = [
  ['ink', ['ground', 'surface', 'raised', 'sunken', 'hover', 'selected', 'accent-soft', 'to-file-soft']],
  ['ink-2', ['ground', 'surface', 'raised', 'sunken', 'hover', 'selected', 'accent-soft']],
  ['ink-3', ['ground', 'surface', 'raised', 'sunken', 'hover', 'selected']],
  ['on-accent', ['accent', 'accent-hover']],
  ['accent-ink', ['ground', 'surface', 'raised', 'accent-soft', 'hover', 'selected']],
  ['talking', ['surface', 'raised', 'talking-soft', 'hover', 'selected']],
  ['to-file', ['surface', 'raised', 'to-file-soft', 'hover', 'selected']],
  ['stuck', ['surface', 'raised', 'stuck-soft', 'hover', 'selected']],
]
const marks: [string, string[]][] = [
  ['focus', ['ground', 'surface', 'raised', 'sunken']],
  ['accent', ['ground', 'surface', 'raised']],
  ['chart-1', ['surface']],
]

describe.each(['light', 'dark'])('in the %s theme', (theme) => {
  const found = tokens(theme)
  const colour = (name: string) => hex(found[name] ?? '')

  it.each(text)('%s can be read', (ink, grounds) => {
    for (const ground of grounds) {
      expect(contrast(colour(ink), colour(ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
  })

  it.each(marks)('%s can be seen', (mark, grounds) => {
    for (const ground of grounds) {
      expect(contrast(colour(mark), colour(ground)), `${mark} on ${ground}`).toBeGreaterThanOrEqual(3)
    }
  })

  it('initials can be read on each of the twelve colours', () => {
    const share = (name: string) => parseFloat(found[name] ?? '') / 100
    for (let hue = 0; hue < 12; hue++) {
      const ink = hsl(hue * 30 + 4, share('avatar-chroma'), share('avatar-ink'))
      const ground = hsl(hue * 30 + 4, share('avatar-chroma'), share('avatar-ground'))
      expect(contrast(ink, ground), `hue ${String(hue)}`).toBeGreaterThanOrEqual(4.5)
    }
  })
})
