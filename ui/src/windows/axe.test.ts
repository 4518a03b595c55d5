/** What a machine can find wrong for readers and keyboards, window by window. */
import { screen, waitFor } from '@testing-library/svelte'
import axe from 'axe-core'
import type { Component } from 'svelte'
import { expect, it } from 'vitest'

import type { FakeOptions } from '../bridge/fake'
import { desk } from '../state/desk.svelte'
import { show } from '../test-help'
import CardWindow from './card/CardWindow.svelte'
import DeskWindow from './desk/DeskWindow.svelte'
import WizardWindow from './wizard/WizardWindow.svelte'

async function faults(): Promise<string[]> {
  const found = await axe.run(document.body, {
    // Colours are computed apart (jsdom draws nothing); landmarks of a page do not fit a small window.
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  })
  return found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html}`))
}

const windows: [string, Component, FakeOptions][] = [
  ...['ringing', 'wrap-up', 'could-be', 'several', 'dial', 'dial-refused', 'undo'].map(
    (scene): [string, Component, FakeOptions] => [
      `the card, ${scene}`,
      CardWindow,
      { window: 'card', scene },
    ],
  ),
  ['the wizard', WizardWindow, { window: 'wizard' }],
]

// jsdom says so each time somebody asks for a canvas, which axe does to tell fonts of icons.
HTMLCanvasElement.prototype.getContext = () => null

it.each(windows)('%s', async (_name, window, options) => {
  await show(window, options)
  await waitFor(() => expect(screen.getAllByRole('button').length).toBeGreaterThan(0))
  expect(await faults()).toEqual([])
})

it.each(['calls', 'to_file', 'contacts', 'overview', 'settings', 'diagnostics'] as const)(
  'the desk, %s',
  async (page) => {
    await show(DeskWindow, { window: 'desk' })
    await screen.findByRole('article')
    desk.go(page)
    await waitFor(() => expect(screen.getAllByRole('heading', { level: 1 }).length).toBeGreaterThan(0))
    expect(await faults()).toEqual([])
  },
)
