import { render, screen, waitFor, within } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'

import { useBridge, type BudgetBar, type BudgetView } from '../../bridge'
import { fakeBridge } from '../../bridge/fake'
import { connections } from '../../bridge/fake-people'
import { openApp } from '../../state/app.svelte'
import { asked } from '../../test-help'
import Budget from './Budget.svelte'

const quiet = { log: 0, card: 0, sync: 0, sign_in: 0, others: 0, refused: 0, left: null }
const bars: BudgetBar[] = [
  { at: '2026-03-02T07:00:00Z', ...quiet },
  { at: '2026-03-02T08:00:00Z', ...quiet, log: 3, card: 5, sync: 2, others: 10, refused: 1, left: 9480 },
]

async function show(given: BudgetBar[]) {
  const budget = async (connection: string): Promise<BudgetView> =>
    Promise.resolve({ connection, step_s: 3600, bars: given, left_of: 'day' })
  const fake = fakeBridge({ window: 'desk', language: 'en', commands: { budget } })
  useBridge(fake)
  await openApp()
  const [connection] = connections('connected')
  if (!connection) throw new Error('the fake has a connection')
  render(Budget, { connection })
  return fake
}

it('draws each stretch by who asked, at one scale', async () => {
  await show(bars)
  const list = await screen.findByRole('list', { name: 'Requests' })
  const [first, second] = within(list).getAllByRole('listitem')
  expect(second).toHaveTextContent(
    /For logs 3 · For cards 5 · For contacts 2 · By others 10 · Left today 9,480 · Turned away: 1/,
  )
  expect(first).not.toHaveTextContent('For logs')
  const height = (part: string) => second?.querySelector<HTMLElement>(`.stack .${part}`)?.style.height
  // Twenty requests fill the picture.
  expect([height('log'), height('card'), height('sync'), height('others')]).toEqual([
    '15%',
    '25%',
    '10%',
    '50%',
  ])
  expect(screen.getByText('From here: 10')).toBeVisible()
  expect(screen.getByText('Others, at least: 10')).toBeVisible()
  expect(screen.getByText('Turned away: 1')).toBeVisible()
  expect(screen.getByText('9,480')).toBeVisible()
  expect(screen.getByText(/^Per call: \d/)).toBeVisible()
})

it('draws what is left as a curve, with no point where nothing was told', async () => {
  const told = { ...quiet, log: 1 }
  await show([
    { at: '2026-03-02T06:00:00Z', ...told, left: 10_000 },
    { at: '2026-03-02T07:00:00Z', ...told },
    { at: '2026-03-02T08:00:00Z', ...told, left: 5_000 },
    { at: '2026-03-02T09:00:00Z', ...told, left: 0 },
  ])
  await screen.findByText('Left today')
  const points = document.querySelector('polyline')?.getAttribute('points')
  expect(points).toBe('0.125,0 0.625,0.5 0.875,1')
})

it('asks for another span', async () => {
  const fake = await show(bars)
  await userEvent.click(await screen.findByRole('radio', { name: '30 days' }))
  await waitFor(() =>
    expect(asked(fake, 'budget')).toEqual([
      ['sellsy', 24],
      ['sellsy', 720],
    ]),
  )
})

it('says so when nothing was asked', async () => {
  await show([{ at: '2026-03-02T07:00:00Z', ...quiet }])
  expect(await screen.findByText('No requests in this span.')).toBeVisible()
})
