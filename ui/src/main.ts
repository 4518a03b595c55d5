/** One page serves every window; its label decides which one is mounted. */
import './style/fonts.css'
import './style/base.css'

import { mount, type Component } from 'svelte'

import { openBridge } from './bridge'
import { openApp } from './state/app.svelte'

const windows = {
  card: () => import('./windows/card/CardWindow.svelte'),
  desk: () => import('./windows/desk/DeskWindow.svelte'),
  wizard: () => import('./windows/wizard/WizardWindow.svelte'),
}

async function start(): Promise<void> {
  const { window } = await openBridge()
  // The code of the window loads while Rust answers.
  const [page] = await Promise.all([windows[window](), openApp()])
  document.documentElement.dataset.window = window
  const target = document.getElementById('app')
  if (target) mount(page.default as Component, { target })
}

void start()
