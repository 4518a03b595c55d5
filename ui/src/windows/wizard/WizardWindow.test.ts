import { screen, waitFor, within } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'

import { asked, show } from '../../test-help'
import WizardWindow from './WizardWindow.svelte'

const wizard = (query = '') => show(WizardWindow, { window: 'wizard', query: new URLSearchParams(query) })

it('opens the sample workspace with one press', async () => {
  const fake = await wizard()
  await userEvent.click(await screen.findByRole('button', { name: /Look around first/ }))
  await waitFor(() => expect(asked(fake, 'finishFirstRun')).toHaveLength(1))
  expect(asked(fake, 'startSample')).toHaveLength(1)
})

it('leads from the CRM to the softphone and the links', async () => {
  const fake = await wizard('hold')
  await userEvent.click(await screen.findByRole('button', { name: /Connect my CRM/ }))
  const sellsy = within(await screen.findByRole('region', { name: 'Sellsy' }))
  await userEvent.click(sellsy.getByRole('button', { name: 'Connect' }))
  await userEvent.type(sellsy.getByRole('textbox', { name: 'Client ID' }), 'abc')
  await userEvent.click(sellsy.getByRole('button', { name: 'Sign in with the browser' }))
  expect(asked(fake, 'beginSignIn')).toEqual([['sellsy', 'abc']])
  await userEvent.type(await sellsy.findByRole('textbox'), 'code-1')
  await userEvent.click(sellsy.getByRole('button', { name: 'Continue' }))
  expect(await sellsy.findByRole('progressbar')).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Continue' }))
  expect(await screen.findByRole('heading', { name: 'Which softphone do you use?' })).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Continue' }))
  expect(await screen.findByRole('heading', { name: 'What opens a number you click?' })).toBeVisible()
  expect(asked(fake, 'takeHandler')).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: 'Start' }))
  expect(asked(fake, 'finishFirstRun')).toHaveLength(1)
})

it('asks where secrets go when there is no keychain', async () => {
  const fake = await wizard('secrets=undecided')
  await userEvent.click(await screen.findByRole('button', { name: /Connect my CRM/ }))
  expect(await screen.findByRole('heading', { name: 'Where should sign-ins be kept?' })).toBeVisible()
  expect(screen.getByRole('button', { name: 'Continue' })).toBeDisabled()
  await userEvent.click(screen.getByRole('button', { name: 'Store nothing' }))
  expect(asked(fake, 'useSession')).toHaveLength(1)
  await waitFor(() => expect(screen.getByRole('button', { name: 'Continue' })).toBeEnabled())
})
