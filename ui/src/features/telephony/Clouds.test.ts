/** Connecting a telephony service, and what is done with its calls. */
import { screen, waitFor, within } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'

import type { CloudImportView, CloudView } from '../../bridge'
import { connectedCloud, resting } from '../../bridge/fake-clouds'
import { desk, setup } from '../../state/desk.svelte'
import { asked, show } from '../../test-help'
import DeskWindow from '../../windows/desk/DeskWindow.svelte'

async function page(query = '') {
  const fake = await show(DeskWindow, { window: 'desk', query: new URLSearchParams(query) })
  desk.go('settings', 'telephony')
  // The page loads when it is opened first.
  const part = async (name: string) => within(await screen.findByRole('region', { name }, { timeout: 5000 }))
  return { fake, part, aircall: await part('Aircall') }
}

it('takes the key, forgets it, and says when it is wrong', async () => {
  const { fake, aircall } = await page()
  await userEvent.click(aircall.getByRole('button', { name: 'Connect' }))
  expect(aircall.getByText(/opens the calls of the whole company/)).toBeVisible()
  const id = aircall.getByRole('textbox', { name: 'API ID' })
  const token = aircall.getByLabelText<HTMLInputElement>('API token', { selector: 'input' })
  expect(token).toHaveAttribute('type', 'password')
  await userEvent.type(id, ' key-id ')
  await userEvent.type(token, 'wrong')
  await userEvent.click(aircall.getByRole('button', { name: 'Connect' }))
  expect(await aircall.findByRole('alert')).toHaveTextContent('does not take this key')
  expect(token.value).toBe('')
  await userEvent.type(token, 'good')
  await userEvent.click(aircall.getByRole('button', { name: 'Connect' }))
  expect(await aircall.findByText('2 lines, 4 tags')).toBeVisible()
  expect(asked(fake, 'connectAircall').at(-1)).toEqual(['key-id', 'good'])
})

it('asks who the agent is when nobody has the address', async () => {
  const { fake, part } = await page()
  const lost = { ...connectedCloud('aircall', '2026-03-02T07:00:00Z'), agent: null }
  fake.tell('cloudsChanged', [lost, resting('allo')])
  const aircall = await part('Aircall')
  expect(await aircall.findByText(/Nobody at Aircall has the e-mail address/)).toBeVisible()
  await userEvent.click(aircall.getByRole('button', { name: 'Pick yourself' }))
  await waitFor(() => expect(aircall.getByLabelText('Pick yourself')).toHaveAttribute('aria-haspopup'))
})

it('picks lines, and says all of them by an empty list', async () => {
  const { aircall } = await page('cloud=on')
  await userEvent.click(await aircall.findByRole('button', { name: 'Settings' }))
  await userEvent.click(await aircall.findByRole('switch', { name: 'Lyon' }))
  await waitFor(() => expect(setup.page?.settings.telephony.aircall.lines).toEqual(['+33199001200']))
})

it('lets another program log, beside Callside or alone', async () => {
  const { aircall } = await page('cloud=on')
  await userEvent.click(await aircall.findByRole('button', { name: 'Settings' }))
  await userEvent.click(await aircall.findByRole('radio', { name: 'Add to their log' }))
  await waitFor(() => expect(setup.page?.settings.logging.enrich_sources).toEqual(['aircall']))
  await userEvent.click(aircall.getByRole('radio', { name: 'Do not log' }))
  await waitFor(() => expect(setup.page?.settings.logging.skip_sources).toEqual(['aircall']))
  expect(setup.page?.settings.logging.enrich_sources).toEqual([])
})

it('shows how an import goes, and how the Aircall window stands', async () => {
  const { fake, part } = await page('cloud=on')
  const running = connectedCloud('aircall', '2026-03-02T07:00:00Z')
  const found = { ...(running.import as CloudImportView), running: true, done: 120, total: 480, left_s: 90 }
  const workspace = { tone: 'warn' as const, title: 'Nobody is signed in', advice: 'Sign in below.' }
  fake.tell('cloudsChanged', [{ ...running, import: found, workspace }, resting('allo')])
  const aircall = await part('Aircall')
  expect(await aircall.findByText(/^Looking for calls: 120 of 480 looked through · .*left$/)).toBeVisible()
  expect(aircall.getByRole('progressbar')).toHaveAttribute('value', '120')
  expect(aircall.getByRole('button', { name: 'Look now' })).toBeDisabled()
  expect(aircall.getByText('Nobody is signed in')).toBeVisible()
  await userEvent.click(aircall.getByRole('button', { name: 'Show the window' }))
  expect(asked(fake, 'showWorkspace')).toEqual([['aircall']])
})

it('keeps the Aircall window off until it is switched on', async () => {
  const { aircall } = await page('cloud=on')
  const embed = aircall.getByRole('switch', { name: 'Aircall in a window of Callside' })
  expect(embed).not.toBeChecked()
  await userEvent.click(embed)
  await waitFor(() => expect(setup.page?.settings.telephony.aircall.embed).toBe(true))
})

it('offers the dialler of Allo as an experiment, and shows the bones of what it said oddly', async () => {
  const { fake, part } = await page()
  const kind = { name: 'call_wrapped', fields: ['payload.reason: text', 'payload.at: number'], times: 3 }
  const workspace = { tone: 'good' as const, title: 'Connected', advice: null }
  fake.tell('cloudsChanged', [resting('aircall'), { ...resting('allo'), workspace, not_understood: [kind] }])
  const allo = await part('Allo')
  const embed = allo.getByRole('switch', { name: /experiment/ })
  expect(embed).not.toBeChecked()
  expect(allo.getByText(/Allo has to activate it/)).toBeVisible()
  await userEvent.click(embed)
  await waitFor(() => expect(setup.page?.settings.telephony.allo.embed).toBe(true))
  await userEvent.click(await allo.findByText('One kind of message is not understood yet'))
  expect(allo.getByText('call_wrapped (payload.reason: text, payload.at: number) × 3')).toBeVisible()
  await userEvent.click(allo.getByRole('button', { name: 'Show the window' }))
  expect(asked(fake, 'showWorkspace')).toEqual([['allo']])
})

it('shows what the service said of a call, and opens its recording', async () => {
  const { fake } = await page()
  const detail = await fake.commands.callDetail('01JCALL05')
  const cloud = {
    service: 'Aircall',
    imported: true,
    remarks: [{ text: '<b>Rappeler</b> lundi', by: 'Nadia Roy' }],
    has_recording: true,
    recording_file: null,
    heard: {
      summary: 'Wants two ovens.',
      topics: ['ovens'],
      mood: 'positive' as const,
      action_items: ['Send the offer'],
      transcript: null,
    },
    sent: [{ tags: true, state: 'stuck' as const, reason: 'the tag is gone' }],
  }
  const row = { ...detail.row, imported: true }
  fake.commands.callDetail = async () => Promise.resolve({ ...detail, row, cloud })
  desk.go('calls')
  await userEvent.click(await screen.findByRole('button', { name: /Oliver Grant/ }))
  const notes = within(await screen.findByRole('region', { name: 'From Aircall' }))
  // What came from outside is text, whatever it looks like.
  expect(notes.getByText('<b>Rappeler</b> lundi')).toBeVisible()
  expect(notes.getByText('Wants two ovens.')).toBeVisible()
  expect(notes.getByText('Pleased')).toBeVisible()
  expect(notes.getByText(/Tags at Aircall:/)).toHaveTextContent('Stuck: the tag is gone')
  expect(screen.getAllByText('Imported').length).toBeGreaterThan(0)
  await userEvent.click(notes.getByRole('button', { name: 'Recording at Aircall' }))
  expect(asked(fake, 'openRecording')).toEqual([['01JCALL05']])
})

it('offers to add to the log of a service that logs by itself', async () => {
  const { fake } = await page()
  fake.tell('bannersChanged', [
    {
      id: 'enrich-allo',
      level: 'warn',
      text: 'Allo can log calls to the CRM by itself.',
      action: { is: 'enrich', service: 'allo' },
      can_dismiss: false,
    },
  ])
  await userEvent.click(await screen.findByRole('button', { name: 'Add to its log' }))
  expect(asked(fake, 'settleEnrichment')).toEqual([['allo', true]])
})

it('keeps what it was told of while it was reading', async () => {
  const { fake, part } = await page()
  let arrive: (clouds: CloudView[]) => void = () => undefined
  fake.commands.clouds = () => new Promise((done) => (arrive = done))
  const loading = setup.load()
  await waitFor(() => expect(asked(fake, 'telephony')).toHaveLength(2))
  fake.tell('cloudsChanged', [connectedCloud('aircall', '2026-03-02T07:00:00Z'), resting('allo')])
  // Read before that, and arrived after it.
  arrive([resting('aircall'), resting('allo')])
  await loading
  const aircall = await part('Aircall')
  expect(aircall.getByText('2 lines, 4 tags')).toBeVisible()
})
