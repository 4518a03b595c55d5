import { screen, waitFor, within } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'

import { fail } from '../../bridge/fake'
import { asked, show } from '../../test-help'
import DeskWindow from './DeskWindow.svelte'

const desk = (options = {}) => show(DeskWindow, { window: 'desk', ...options })
const list = () => screen.findByRole('region', { name: 'Calls' })

it('lists calls with their state, and the reason of what is stuck', async () => {
  await desk()
  const calls = within(await list())
  const stuck = await calls.findByRole('button', { name: /Oliver Grant/ })
  expect(stuck).toHaveAccessibleName(/Outgoing call/)
  expect(stuck).toHaveAccessibleName(/Waits for you: Sellsy says this contact was deleted/)
  expect(calls.getByRole('button', { name: /Sophie Marchand-Delaunay.*7:01/ })).toHaveAccessibleName(
    /To file/,
  )
  expect(calls.getAllByText('In the CRM').length).toBeGreaterThan(2)
})

it('gives every stuck entry a way out', async () => {
  const fake = await desk()
  await userEvent.click(await screen.findByRole('button', { name: /Oliver Grant/ }))
  const detail = within(await screen.findByRole('article', { name: 'Oliver Grant' }))
  const here = within(detail.getByRole('region', { name: 'In the CRM' }))
  expect(here.getByText(/The call is kept here: attach it/)).toBeVisible()
  await userEvent.click(detail.getByRole('button', { name: 'Try now' }))
  expect(asked(fake, 'retryDelivery')).toEqual([['01JCALL05-0']])
  expect(await detail.findByText('On the way')).toBeVisible()
})

it('attaches a stuck call to somebody else', async () => {
  const fake = await desk()
  await userEvent.click(await screen.findByRole('button', { name: /Oliver Grant/ }))
  await userEvent.click(await screen.findByRole('button', { name: 'Attach to…' }))
  const dialog = within(await screen.findByRole('dialog'))
  await userEvent.type(await dialog.findByRole('combobox'), 'hugo')
  await userEvent.click(await dialog.findByRole('option', { name: /Hugo Lefèvre/ }))
  await waitFor(() =>
    expect(asked(fake, 'attachDelivery')).toEqual([
      ['01JCALL05-0', { connection: 'sellsy', kind: 'contact', id: 'hugo' }],
    ]),
  )
})

it('tells the story of a call in order', async () => {
  await desk()
  await userEvent.click(await screen.findByRole('button', { name: /Karim Benali.*2:13/ }))
  const detail = within(await screen.findByRole('article', { name: 'Karim Benali' }))
  await detail.findByText('Palette livrée au mauvais quai, repasse demain.')
  const lines = detail
    .getAllByRole('listitem')
    .map((line) => line.textContent.replace(/^[\s\d:]+/, '').trim())
  expect(lines.filter((line) => /^(Rang|Found|Answered|Ended|Filed|In the CRM)/.test(line))).toHaveLength(6)
})

it('files an open wrap-up from the tray', async () => {
  const fake = await desk()
  await userEvent.click(await screen.findByRole('button', { name: /^To file/ }))
  const notes = await screen.findByRole('textbox', { name: 'Notes' })
  await userEvent.type(notes, ' Fait.')
  await userEvent.keyboard('{Control>}{Enter}{/Control}')
  await waitFor(() => expect(asked(fake, 'fileCall')).toEqual([['01JCALL01']]))
  expect(asked(fake, 'saveDraft').at(-1)?.[1]).toEqual({
    is: 'note',
    note: 'Deux lits médicalisés, devis avant vendredi. Fait.',
  })
})

it('filters and searches', async () => {
  await desk()
  await userEvent.click(await screen.findByRole('radio', { name: /Missed/ }))
  await waitFor(() => expect(screen.queryByRole('button', { name: /Karim Benali/ })).toBeNull())
  await userEvent.click(screen.getByRole('radio', { name: 'All' }))
  await userEvent.type(screen.getByRole('searchbox', { name: 'Search calls' }), 'palette')
  await waitFor(() =>
    expect(within(screen.getByRole('region', { name: 'Today' })).getAllByRole('button')).toHaveLength(1),
  )
  await userEvent.type(screen.getByRole('searchbox'), 'xyz')
  expect(await screen.findByText('Nothing found for “palettexyz”')).toBeVisible()
})

it('opens the palette, finds a contact and shows it, by keyboard alone', async () => {
  await desk()
  await list()
  await userEvent.keyboard('{Control>}k{/Control}')
  const field = await screen.findByRole('combobox', { name: 'Search or act' })
  await waitFor(() => expect(field).toHaveFocus())
  await userEvent.keyboard('ines')
  await screen.findByRole('option', { name: /Nothing/ }).catch(() => undefined)
  await userEvent.clear(field)
  await userEvent.keyboard('Inès')
  await screen.findByRole('option', { name: /Inès Caron/ })
  await userEvent.keyboard('{Enter}')
  expect(await screen.findByRole('article', { name: 'Inès Caron' })).toBeVisible()
})

it('dials a number typed into the palette', async () => {
  const fake = await desk()
  await list()
  await userEvent.keyboard('{Control>}k{/Control}')
  await screen.findByRole('combobox', { name: 'Search or act' })
  await userEvent.keyboard('06 39 98 12 07')
  await screen.findByRole('option', { name: 'Call +33 6 39 98 12 07' })
  await userEvent.keyboard('{Enter}')
  await waitFor(() => expect(asked(fake, 'dial')).toEqual([['+33639981207']]))
})

it('says what to do where nothing is yet', async () => {
  await desk({ query: new URLSearchParams('empty=1') })
  expect(await screen.findByRole('heading', { name: 'No calls yet' })).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Connect a CRM' }))
  expect(await screen.findByRole('heading', { level: 1, name: 'Connections' })).toBeVisible()
})

it('shows one banner while the CRM is signed out, with the way back', async () => {
  await desk({ query: new URLSearchParams('crm=disconnected') })
  expect(await screen.findByRole('alert')).toHaveTextContent('Sellsy ended the session.')
  expect(screen.getByText('Sellsy: signed out')).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Reconnect' }))
  expect(await screen.findByRole('region', { name: 'Sellsy' })).toBeVisible()
})

it('asks once what happens to calls that another program logs too', async () => {
  const fake = await desk({ query: new URLSearchParams('double=1') })
  expect(await screen.findByRole('alert')).toHaveTextContent(/Another program also logs calls of Aircall/)
  expect(screen.getByLabelText('For which calls: All calls of Aircall')).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Add notes to its log' }))
  expect(asked(fake, 'settleDouble')).toEqual([['sellsy', 'aircall', '+33199000001', true, 'enrich']])
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
})

it('asks before many contacts disappear, and says which', async () => {
  const fake = await desk({ query: new URLSearchParams('shrink=1') })
  expect(await screen.findByRole('alert')).toHaveTextContent(/42 contacts are no longer found in Sellsy/)
  await userEvent.click(screen.getByRole('button', { name: 'Show which' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'No longer found in Sellsy' }))
  expect(dialog.getByText('Hugo Lefèvre')).toBeVisible()
  expect(dialog.getByText('and 40 more')).toBeVisible()
  await userEvent.click(dialog.getByRole('button', { name: 'Keep them' }))
  expect(asked(fake, 'settleShrink')).toEqual([['sellsy', false]])
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
})

it('removes contacts only when asked twice', async () => {
  const fake = await desk({ query: new URLSearchParams('shrink=1') })
  const banner = within(await screen.findByRole('alert'))
  await userEvent.click(banner.getByRole('button', { name: 'Remove them' }))
  expect(banner.getByText('Remove them from this computer? Your calls stay.')).toBeVisible()
  await userEvent.click(banner.getByRole('button', { name: 'Cancel' }))
  expect(asked(fake, 'settleShrink')).toEqual([])
  await userEvent.click(banner.getByRole('button', { name: 'Remove them' }))
  await userEvent.click(banner.getByRole('button', { name: 'Remove them' }))
  expect(asked(fake, 'settleShrink')).toEqual([['sellsy', true]])
})

it('takes a later note, and sends it after the log', async () => {
  const fake = await desk()
  await userEvent.click(await screen.findByRole('button', { name: /Karim Benali.*2:13/ }))
  const detail = within(await screen.findByRole('article', { name: 'Karim Benali' }))
  await userEvent.click(detail.getByRole('button', { name: 'Add to the note' }))
  const note = detail.getByRole('textbox', { name: 'Notes' })
  expect(note).toHaveValue('Palette livrée au mauvais quai, repasse demain.')
  await userEvent.type(note, ' Fait.{Tab}')
  await waitFor(() => expect(asked(fake, 'saveDraft').length).toBeGreaterThan(0))
  expect(detail.getByText(/reaches the log in the CRM, too/)).toBeVisible()
})

it('makes a contact for a filed call that found nobody', async () => {
  const fake = await desk()
  await userEvent.click(await screen.findByRole('button', { name: /Oliver Grant/ }))
  const detail = within(await screen.findByRole('article', { name: 'Oliver Grant' }))
  await userEvent.click(detail.getByRole('button', { name: 'Create contact' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Create contact' }))
  await userEvent.type(await dialog.findByRole('textbox', { name: 'Name' }), 'Oliver Grant')
  await userEvent.click(dialog.getByRole('button', { name: 'Create' }))
  await waitFor(() => expect(asked(fake, 'createContact')).toHaveLength(1))
})

it('hands a client secret over and forgets it', async () => {
  const fake = await desk({ query: new URLSearchParams('empty=1') })
  await userEvent.click(await screen.findByRole('button', { name: 'Connect a CRM' }))
  const sellsy = within(await screen.findByRole('region', { name: 'Sellsy' }))
  await userEvent.click(sellsy.getByRole('button', { name: 'Connect' }))
  await userEvent.click(sellsy.getByRole('radio', { name: 'With a secret' }))
  await userEvent.type(sellsy.getByRole('textbox', { name: 'Client ID' }), 'abc')
  const secret = sellsy.getByLabelText('Client secret', { selector: 'input' })
  expect(secret).toHaveAttribute('type', 'password')
  await userEvent.type(secret, 'hush')
  await userEvent.click(sellsy.getByRole('button', { name: 'Sign in' }))
  expect(asked(fake, 'signInWithSecret')).toEqual([['sellsy', 'abc', 'hush']])
  await waitFor(() => expect(sellsy.getByText(/Copying contacts: 4,200 of 12,408/)).toBeVisible())
})

it('shows why a setting was refused beside it', async () => {
  await desk()
  await userEvent.click(await screen.findByRole('button', { name: 'Settings' }))
  await userEvent.click(await screen.findByRole('button', { name: 'Logging' }))
  const field = await screen.findByRole('textbox', { name: 'Seconds to undo a filing' })
  await userEvent.clear(field)
  await userEvent.type(field, '90{Tab}')
  expect(await screen.findByRole('alert')).toHaveTextContent('It must be between 0 and 60.')
})

it('changes the language at once', async () => {
  await desk()
  await userEvent.click(await screen.findByRole('button', { name: 'Settings' }))
  await userEvent.click(await screen.findByRole('button', { name: 'Language and region' }))
  await userEvent.click(await screen.findByRole('radio', { name: 'Français' }))
  expect(await screen.findByRole('button', { name: 'Réglages' })).toBeVisible()
  await userEvent.click(screen.getByRole('radio', { name: 'English' }))
  expect(await screen.findByRole('button', { name: 'Settings' })).toBeVisible()
})

it('takes a kind of link only when asked, and gives it back', async () => {
  const fake = await desk()
  await userEvent.click(await screen.findByRole('button', { name: 'Settings' }))
  await userEvent.click(await screen.findByRole('button', { name: 'Desktop' }))
  const take = await screen.findByRole('button', { name: 'Open tel: links in Callside' })
  expect(asked(fake, 'takeHandler')).toEqual([])
  await userEvent.click(take)
  await userEvent.click(await screen.findByRole('button', { name: 'Give tel: links back' }))
  expect(await screen.findByRole('button', { name: 'Open tel: links in Callside' })).toBeVisible()
})

it('says what failed instead of swallowing it', async () => {
  await desk({
    commands: {
      dial: async () => {
        throw fail('no_softphone', 'No softphone is set up.')
      },
    },
  })
  await userEvent.click(await screen.findByRole('button', { name: /Karim Benali.*2:13/ }))
  const detail = within(await screen.findByRole('article', { name: 'Karim Benali' }))
  await userEvent.click(detail.getByRole('button', { name: 'Call' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('No softphone is set up.')
})

it('asks before it forgets a person, and says what is gone', async () => {
  const fake = await desk()
  await userEvent.click(await screen.findByRole('button', { name: 'Contacts' }))
  await userEvent.click(await screen.findByRole('button', { name: /Karim Benali/ }))
  const detail = within(await screen.findByRole('article', { name: 'Karim Benali' }))
  await userEvent.click(detail.getByRole('button', { name: 'Forget this person' }))
  expect(asked(fake, 'forgetPerson')).toEqual([])
  await userEvent.click(await screen.findByRole('button', { name: 'Erase' }))
  const said = await screen.findByText(/^Erased: contacts 1, calls 4, drafts 0, recordings 1\./)
  expect(said).toHaveTextContent('could not be erased: /home/camille/Calls/20260302T084107Z-900017.mp3.')
})

it('lists what is worth tidying in the CRM, and leads there', async () => {
  await desk()
  await userEvent.click(await screen.findByRole('button', { name: 'Contacts' }))
  await userEvent.click(await screen.findByRole('button', { name: 'Worth tidying in the CRM' }))
  const dialog = within(await screen.findByRole('dialog'))
  expect(await dialog.findByText('06 39 98 1')).toBeVisible()
  await userEvent.click(dialog.getByRole('button', { name: 'Paul Martin' }))
  expect(await screen.findByRole('article', { name: 'Paul Martin' })).toBeVisible()
})
