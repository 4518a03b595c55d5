/** Puts a window on the screen with the fake bridge behind it. */
import { render } from '@testing-library/svelte'
import type { Component } from 'svelte'

import { useBridge } from './bridge'
import { fakeBridge, type FakeBridge, type FakeOptions } from './bridge/fake'
import { openApp, app } from './state/app.svelte'
import { resetCards } from './state/card.svelte'
import { calls, contacts, desk } from './state/desk.svelte'

export async function show(window: Component, options: FakeOptions): Promise<FakeBridge> {
  delete document.documentElement.dataset.language
  app.notice = undefined
  app.banners = []
  resetCards()
  calls.selected = null
  calls.detail = undefined
  calls.filter = 'all'
  calls.search = ''
  contacts.selected = undefined
  contacts.detail = undefined
  contacts.search = ''
  desk.go('calls', 'connections')
  desk.palette = false
  desk.panel = false
  const fake = fakeBridge({ language: 'en', theme: 'light', ...options })
  useBridge(fake)
  await openApp()
  render(window)
  return fake
}

/** What was asked of Rust by this name. */
export function asked(fake: FakeBridge, command: string): unknown[][] {
  return fake.asked.filter((one) => one.command === command).map((one) => one.args)
}
