import { screen, waitFor, within } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { fail, scene } from '../../bridge/fake'
import { asked, show } from '../../test-help'
import CardWindow from './CardWindow.svelte'

const card = (scene: string, options = {}) => show(CardWindow, { window: 'card', scene, ...options })

describe('a ringing card', () => {
  it('names the caller in the largest line', async () => {
    await card('ringing')
    expect(await screen.findByRole('heading', { level: 1, name: 'Marie Dupont' })).toBeVisible()
    expect(screen.getByText('Incoming call')).toBeVisible()
    expect(screen.getByText('Gérante · Boulangerie Martin')).toBeVisible()
  })

  it('is announced politely and takes no focus', async () => {
    await card('ringing')
    const said = await screen.findByText('Incoming call: Marie Dupont. Atelier Lyon')
    expect(said).toHaveAttribute('aria-live', 'polite')
    expect(document.body).toHaveFocus()
  })

  it('offers nothing that ends or logs the call', async () => {
    await card('ringing')
    await screen.findByRole('button', { name: 'Not now' })
    expect(screen.queryByRole('button', { name: /^File/ })).toBeNull()
  })

  it('reserves the room of live facts and fills it without another row', async () => {
    const fake = await card('ringing-cold')
    expect(await screen.findByText('Opportunity')).toBeVisible()
    const rows = screen.getAllByRole('term').map((row) => row.textContent)
    const warm = scene('ringing').cards[0]
    const cold = fake.card.cards[0]
    if (!warm || !cold) throw new Error('the scene has a card')
    fake.show({ cards: [{ ...cold, live: warm.live }] })
    expect(await screen.findByText(/Four à sole/)).toBeVisible()
    expect(screen.getAllByRole('term').map((row) => row.textContent)).toEqual(rows)
  })

  it('switches the record with Alt and a digit', async () => {
    const fake = await card('ringing')
    await screen.findByRole('heading', { name: 'Marie Dupont' })
    await userEvent.keyboard('{Alt>}2{/Alt}')
    expect(await screen.findByRole('heading', { level: 1, name: 'Boulangerie Martin' })).toBeVisible()
    expect(asked(fake, 'chooseContact')).toEqual([
      ['01JMARIE', { connection: 'sellsy', kind: 'company', id: 'bakery' }],
    ])
  })
})

describe('a caller who is not known for sure', () => {
  it('never puts a could-be name in the large line', async () => {
    await card('could-be')
    expect(await screen.findByRole('heading', { level: 1, name: '+33 5 36 49 00 31' })).toBeVisible()
    const question = screen.getByRole('region', { name: 'Is it one of these?' })
    expect(within(question).getByText('Inès Caron')).toBeVisible()
  })

  it('waits for a decision where the agent is asked, and offers a third way', async () => {
    const fake = await card('undecided')
    const file = await screen.findByRole('button', { name: /^File/ })
    expect(file).toBeDisabled()
    expect(screen.getByText(/what happens with the unknown number/)).toBeVisible()
    expect(screen.getByRole('button', { name: 'Create contact' })).toBeVisible()
    expect(screen.getByRole('button', { name: 'Attach to…' })).toBeVisible()
    await userEvent.click(screen.getByRole('button', { name: 'Log when found' }))
    await waitFor(() => expect(file).toBeEnabled())
    expect(asked(fake, 'logWhenFound')).toHaveLength(1)
    expect(screen.queryByRole('button', { name: 'Log when found' })).toBeNull()
  })

  it('offers no third way where nobody is asked', async () => {
    await card('unknown')
    await screen.findByRole('button', { name: 'Attach to…' })
    expect(screen.queryByRole('button', { name: 'Log when found' })).toBeNull()
  })

  it('becomes the one the agent picks', async () => {
    await card('could-be')
    await userEvent.click(await screen.findByRole('button', { name: /Inès Caron/ }))
    expect(await screen.findByRole('heading', { level: 1, name: 'Inès Caron' })).toBeVisible()
  })

  it('quotes the name a line announces, and marks what came without the key', async () => {
    await card('unverified')
    expect(await screen.findByRole('heading', { level: 1, name: '+33 5 36 49 00 31' })).toBeVisible()
    expect(screen.getByText('The line announces “SERVICE TECHNIQUE”.')).toBeVisible()
    expect(screen.getByText('Unverified')).toBeVisible()
  })

  it('says that a number is withheld', async () => {
    await card('withheld')
    expect(await screen.findByRole('heading', { level: 1, name: 'Withheld number' })).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Create contact' })).toBeNull()
  })

  it('can be attached by searching', async () => {
    await card('unknown')
    await userEvent.click(await screen.findByRole('button', { name: 'Attach to…' }))
    await userEvent.type(await screen.findByRole('combobox', { name: 'Name, company or number' }), 'oliv')
    await screen.findByRole('option', { name: /Oliver Grant/ })
    await waitFor(() => expect(screen.getAllByRole('option')).toHaveLength(1))
    await userEvent.keyboard('{Enter}')
    expect(await screen.findByRole('heading', { level: 1, name: 'Oliver Grant' })).toBeVisible()
  })

  it('shows hostile text as text', async () => {
    const fake = await card('unknown')
    const one = fake.card.cards[0]
    if (!one) throw new Error('the scene has a card')
    fake.show({ cards: [{ ...one, caller_name: '<img src=x onerror=alert(1)>' }] })
    expect(await screen.findByText(/<img src=x onerror=alert\(1\)>/)).toBeVisible()
    expect(document.querySelector('img')).toBeNull()
  })
})

describe('writing', () => {
  it('saves a note soon after a keystroke and says so only when it is on disk', async () => {
    let acknowledge: (() => void) | undefined
    const fake = await card('talking', {
      commands: {
        saveDraft: () => new Promise((saved) => (acknowledge = () => saved({ revision: 20 }))),
      },
    })
    const notes = await screen.findByRole('textbox', { name: 'Notes' })
    await userEvent.click(notes)
    await userEvent.type(notes, 'x')
    await waitFor(() => expect(asked(fake, 'saveDraft')).toHaveLength(1))
    expect(asked(fake, 'saveDraft')[0]).toEqual([
      '01JMARIE',
      { is: 'note', note: 'Veut le four avant le 12 décembre. x' },
    ])
    expect(screen.queryByText('Saved on this computer')).toBeNull()
    acknowledge?.()
    expect(await screen.findByText('Saved on this computer')).toBeVisible()
  })

  it('keeps the text and tries again when a save fails', async () => {
    let broken = true
    const fake = await card('talking', {
      commands: {
        saveDraft: async () => {
          if (broken) throw fail('unexpected', 'The disk is full.')
          return { revision: 30 }
        },
      },
    })
    const notes = await screen.findByRole('textbox', { name: 'Notes' })
    await userEvent.type(notes, 'y')
    expect(await screen.findByText('Not saved yet, trying again')).toBeVisible()
    expect(notes).toHaveValue('Veut le four avant le 12 décembre. y')
    broken = false
    expect(await screen.findByText('Saved on this computer', {}, { timeout: 3000 })).toBeVisible()
    expect(asked(fake, 'saveDraft').length).toBeGreaterThan(1)
  })

  it('adds a tag by keyboard, from the suggestions', async () => {
    const fake = await card('talking')
    await screen.findByRole('heading', { name: 'Marie Dupont' })
    await userEvent.keyboard('{Control>}t{/Control}')
    await userEvent.keyboard('urg')
    await screen.findByRole('option', { name: '#urgent' })
    await userEvent.keyboard('{ArrowDown}{Enter}')
    await waitFor(() =>
      expect(asked(fake, 'saveDraft').at(-1)).toEqual([
        '01JMARIE',
        { is: 'tags', tags: ['devis', 'urgent'] },
      ]),
    )
  })

  it('does not lose the card to a second call while the caret is in the notes', async () => {
    const fake = await card('talking')
    await userEvent.click(await screen.findByRole('textbox', { name: 'Notes' }))
    const several = scene('several')
    fake.show({ cards: several.cards, front: '01JSECOND' })
    expect(await screen.findByRole('tab', { name: /Incoming call/ })).toHaveAttribute(
      'aria-selected',
      'false',
    )
    expect(screen.getByRole('heading', { level: 1, name: 'Marie Dupont' })).toBeVisible()
  })
})

describe('the wrap-up', () => {
  it('names where the log goes and what is missing', async () => {
    await card('wrap-up')
    expect(await screen.findByText(/Goes to Sellsy: Marie Dupont, Boulangerie Martin/)).toBeVisible()
    expect(screen.getByText('Missing: the outcome.')).toBeVisible()
  })

  it('files with Ctrl+Enter after what was typed is on disk, and offers an undo', async () => {
    const fake = await card('wrap-up')
    const notes = await screen.findByRole('textbox', { name: 'Notes' })
    await userEvent.type(notes, ' ok')
    await userEvent.keyboard('{Control>}{Enter}{/Control}')
    await waitFor(() => expect(asked(fake, 'fileCall')).toEqual([['01JMARIE']]))
    const order = fake.asked.map((one) => one.command)
    expect(order.lastIndexOf('saveDraft')).toBeLessThan(order.indexOf('fileCall'))
    await userEvent.click(await screen.findByRole('button', { name: /Undo/ }))
    expect(asked(fake, 'undoFiling')).toEqual([['01JMARIE']])
  })

  it('does not file what could not be saved', async () => {
    const fake = await card('wrap-up', {
      commands: {
        saveDraft: async () => {
          throw fail('unexpected', 'The disk is full.')
        },
      },
    })
    await userEvent.type(await screen.findByRole('textbox', { name: 'Notes' }), ' ok')
    await userEvent.keyboard('{Control>}{Enter}{/Control}')
    expect(await screen.findByRole('alert')).toHaveTextContent('The disk is full.')
    expect(asked(fake, 'fileCall')).toEqual([])
  })

  it('is put aside with Escape', async () => {
    const fake = await card('wrap-up')
    await screen.findByRole('heading', { name: 'Marie Dupont' })
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(asked(fake, 'setAside')).toEqual([['01JMARIE']]))
  })

  it('closes an open menu first', async () => {
    const fake = await card('wrap-up')
    await userEvent.click(await screen.findByRole('button', { name: 'More' }))
    // Without a layout the menu is never placed, and counts as hidden.
    await screen.findByText('Do not log this call')
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByText('Do not log this call')).toBeNull())
    expect(asked(fake, 'setAside')).toEqual([])
  })

  it('can be left out of the log', async () => {
    const fake = await card('wrap-up')
    await userEvent.click(await screen.findByRole('button', { name: 'More' }))
    await userEvent.click(await screen.findByText('Do not log this call'))
    await waitFor(() => expect(asked(fake, 'discardCall')).toEqual([['01JMARIE']]))
  })

  it('cannot be filed with Ctrl+Enter while they still talk', async () => {
    const fake = await card('talking')
    await screen.findByRole('heading', { name: 'Marie Dupont' })
    await userEvent.keyboard('{Control>}{Enter}{/Control}')
    expect(asked(fake, 'fileCall')).toEqual([])
  })
})

describe('a dial request', () => {
  afterEach(() => void vi.useRealTimers())

  it('has no live button for its first half second', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: false })
    const fake = await card('dial')
    await vi.advanceTimersByTimeAsync(20)
    const dial = screen.getByRole('button', { name: /^Dial/ })
    await vi.advanceTimersByTimeAsync(440)
    expect(dial).toBeDisabled()
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))
    expect(asked(fake, 'confirmDial')).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    expect(dial).toBeEnabled()
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))
    expect(asked(fake, 'confirmDial')).toEqual([['01JDIAL']])
  })

  it('shows the digits, the country, the person and the softphone', async () => {
    await card('dial')
    expect(await screen.findByText('+33 6 39 98 12 07')).toBeVisible()
    expect(screen.getByText('France · mobile')).toBeVisible()
    expect(screen.getByText('Hugo Lefèvre')).toBeVisible()
    expect(screen.getByText(/With baresip · Atelier Lyon/)).toBeVisible()
  })

  it('does not claim to call where the number is only handed over', async () => {
    await card('dial-warn')
    expect(await screen.findByRole('button', { name: /Send to Aircall/ })).toBeVisible()
    expect(screen.getByText(/You seldom call this country \(United Kingdom\)/)).toBeVisible()
  })

  it('refuses a service code in words and offers no way to dial it', async () => {
    await card('dial-refused')
    expect(await screen.findByRole('alert')).toHaveTextContent(/service code/)
    expect(screen.queryByRole('button', { name: /Dial/ })).toBeNull()
  })
})

describe('a softphone that tells nothing', () => {
  it('is asked of the agent', async () => {
    const fake = await card('handed')
    expect(await screen.findByText('Sent to Aircall')).toBeVisible()
    await userEvent.click(screen.getByRole('button', { name: 'They answered' }))
    expect(asked(fake, 'sayCall')).toEqual([['01JHUGO', 'answered']])
    expect(await screen.findByText('On the phone')).toBeVisible()
  })
})

it('speaks French', async () => {
  await card('wrap-up', { language: 'fr' })
  expect(await screen.findByRole('button', { name: /Classer/ })).toBeVisible()
  expect(screen.getByText('Appel terminé · à classer')).toBeVisible()
  expect(document.documentElement.lang).toBe('fr')
})
