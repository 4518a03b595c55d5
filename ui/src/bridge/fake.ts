/**
 * A stand-in for Rust with invented people, so that every window runs in a browser and in tests.
 *
 * It keeps one small world in memory and answers like the real bridge does, without its rules: what
 * a scene shows was decided by hand. `?window=card&scene=ringing&lang=fr&theme=dark` picks one.
 */
import type { Bridge, Commands, Events } from './index'
import { CommandFailure } from './index'
import {
  budgetView,
  story,
  samplePanel,
  settingsPage,
  telephonyView,
  diagnosticsView,
  overviewView,
  handlersView,
} from './fake-data'
import { agents, connectedCloud, resting } from './fake-clouds'
import {
  ago,
  ahead,
  callRows,
  connections,
  contacts,
  emptyCard,
  emptyDraft,
  match,
  number,
  people,
  rowOf,
  viewOf,
  type Person,
} from './fake-people'
import type {
  AppView,
  BannerView,
  CallDetail,
  CallRow,
  CardState,
  CardView,
  CloudView,
  ConnectionView,
  DialRequestView,
  ErrorCode,
  HandlerView,
  LanguageWord,
  SampleView,
  SettingsPage,
  ThemeWord,
  WindowWord,
} from './bindings'

/** Commands a test wants to watch or to break. */
export interface FakeOptions {
  window?: WindowWord
  scene?: string
  language?: LanguageWord
  theme?: ThemeWord
  query?: URLSearchParams
  /** Replaces answers. */
  commands?: Partial<Commands>
}

export interface FakeBridge extends Bridge {
  /** Commands in the order they were asked for, with their arguments. */
  asked: { command: string; args: unknown[] }[]
  /** Lets Rust speak. */
  tell<K extends keyof Events>(event: K, payload: Events[K]): void
  /** Changes the card window and tells it. */
  show(change: Partial<CardState>): void
  card: CardState
}

export function fail(code: ErrorCode, message: string, key: string | null = null): CommandFailure {
  return new CommandFailure({ code, message, key })
}

type Listeners = { [K in keyof Events]?: Set<(payload: Events[K]) => void> }

/** The first card of a scene. */
export function scene(name: string): CardState {
  const state: CardState = { revision: 1, cards: [], front: null, dial_request: null, undo: [] }
  const cards = scenes[name]?.() ?? []
  if (name === 'dial' || name === 'dial-warn' || name === 'dial-refused') {
    return { ...state, dial_request: dialRequest(name) }
  }
  if (name === 'undo') {
    return {
      ...state,
      undo: [
        {
          call: '01JUNDO',
          name: people.marie.name,
          until: ahead(5),
          goes_to: [
            {
              connection_name: 'Sellsy',
              name: people.marie.name,
              company: people.marie.company,
              opportunity: null,
            },
          ],
          discarded: false,
        },
      ],
    }
  }
  return { ...state, cards, front: cards.at(-1)?.call.id ?? null }
}

const opportunity = {
  id: '5101',
  name: 'Four à sole',
  stage: 'Proposition',
  amount: '12400.00',
  currency: 'EUR',
  has_page: true,
}
const second = {
  id: '5107',
  name: 'Contrat d’entretien',
  stage: 'Découverte',
  amount: '1850.5',
  currency: 'EUR',
  has_page: true,
}

function known(person: Person, change: Partial<CardView>): CardView {
  const found = match(person)
  return {
    ...emptyCard(person),
    who: 'known',
    matches: [found],
    chosen: 0,
    live: {
      state: 'known',
      wants_opportunity: person.role !== 'supplier',
      wants_company: person.kind === 'contact',
      companies: [],
      opportunities: [opportunity, second],
      picked: opportunity.id,
    },
    earlier: [
      {
        id: '01JEARLIER1',
        direction: 'inbound',
        end_reason: 'completed',
        started_at: ago(2 * 86_400 + 7200),
        duration_s: 252,
        note: 'Rappeler quand le devis est prêt, livraison avant Noël.',
        tags: ['devis'],
      },
      {
        id: '01JEARLIER2',
        direction: 'outbound',
        end_reason: 'failed',
        started_at: ago(9 * 86_400),
        duration_s: 0,
        note: '',
        tags: [],
      },
    ],
    filing: {
      can_file: true,
      missing: [],
      goes_to: [
        {
          connection_name: 'Sellsy',
          name: person.name,
          company: person.company,
          opportunity: opportunity.name,
        },
      ],
      not_logged: null,
      files_itself_at: null,
    },
    ...change,
  }
}

function unknown(change: Partial<CardView>): CardView {
  const stranger = people.stranger
  return {
    ...emptyCard(stranger),
    who: 'unknown',
    caller_name: null,
    earlier: [
      {
        id: '01JEARLIER9',
        direction: 'inbound',
        end_reason: 'missed',
        started_at: ago(3 * 3600),
        duration_s: 0,
        note: '',
        tags: [],
      },
    ],
    filing: {
      can_file: true,
      missing: ['contact'],
      goes_to: [{ connection_name: 'Sellsy', name: null, company: null, opportunity: null }],
      not_logged: null,
      files_itself_at: null,
    },
    creatable: [{ connection: 'sellsy', connection_name: 'Sellsy', kinds: ['contact', 'individual'] }],
    ...change,
  }
}

const scenes: Record<string, () => CardView[]> = {
  ringing: () => [
    known(people.marie, { matches: [match(people.marie), match(people.bakery), match(people.paul)] }),
  ],
  'ringing-cold': () => [
    known(people.marie, {
      live: { ...known(people.marie, {}).live, state: 'asking', opportunities: [], picked: null },
      earlier: [],
    }),
  ],
  dialing: () => {
    const card = known(people.hugo, { mood: 'dialing' })
    return [{ ...card, call: { ...card.call, direction: 'outbound', state: 'dialing' } }]
  },
  talking: () => {
    const card = known(people.marie, {
      mood: 'talking',
      matches: [match(people.marie), match(people.bakery), match(people.paul)],
    })
    return [
      {
        ...card,
        call: { ...card.call, state: 'answered', answered_at: ago(194) },
        draft: { ...emptyDraft(), revision: 4, note: 'Veut le four avant le 12 décembre. ', tags: ['devis'] },
        filing: { ...card.filing, missing: ['disposition'] },
      },
    ]
  },
  'wrap-up': () => {
    const card = known(people.marie, {
      mood: 'wrap_up',
      matches: [match(people.marie), match(people.bakery), match(people.paul)],
    })
    return [
      {
        ...card,
        call: {
          ...card.call,
          state: 'ended',
          end_reason: 'completed',
          answered_at: ago(300),
          ended_at: ago(48),
          duration_s: 252,
        },
        draft: {
          ...emptyDraft(),
          revision: 9,
          note: 'Veut le four avant le 12 décembre. Envoyer le devis avec pose et reprise de l’ancien.',
          tags: ['devis', 'urgent'],
        },
        filing: { ...card.filing, missing: ['disposition'] },
      },
    ]
  },
  'could-be': () => [
    unknown({
      who: 'could_be',
      could_be: [
        { ...match(people.ines), confidence: 'could_be', field_text: '06 39 98 11 02 / 03' },
        { ...match(people.karim), confidence: 'could_be' },
      ],
      earlier: [],
    }),
  ],
  unknown: () => [unknown({})],
  undecided: () => {
    const card = unknown({ mood: 'wrap_up' })
    return [
      {
        ...card,
        call: { ...card.call, state: 'ended', end_reason: 'completed', ended_at: ago(20), duration_s: 96 },
        filing: { ...card.filing, can_file: false, missing: ['decision', 'disposition'] },
      },
    ]
  },
  unverified: () => [unknown({ verified: false, caller_name: 'SERVICE TECHNIQUE' })],
  withheld: () => [
    {
      ...unknown({ who: 'withheld', earlier: [], creatable: [] }),
      number: { ...number(''), display: '', e164: null, region: null, kind: 'withheld', dialable: false },
    },
  ],
  handed: () => {
    const card = known(people.hugo, { mood: 'handed_over', tells_nothing: true, source_name: 'Aircall' })
    return [{ ...card, call: { ...card.call, direction: 'outbound', state: 'dialing' } }]
  },
  missed: () => {
    const card = known(people.karim, { mood: 'wrap_up' })
    return [
      {
        ...card,
        call: { ...card.call, state: 'ended', end_reason: 'missed', ended_at: ago(10) },
        filing: { ...card.filing, files_itself_at: ahead(50) },
      },
    ]
  },
  several: () => {
    const talking = scenes.talking?.() ?? []
    const ringing = unknown({})
    return [...talking, { ...ringing, call: { ...ringing.call, id: '01JSECOND' } }]
  },
}

function dialRequest(name: string): DialRequestView {
  const base: DialRequestView = {
    id: '01JDIAL',
    number: number('+33639981207'),
    digits: '+33639981207',
    from: 'link',
    matches: [match(people.hugo)],
    could_be: [],
    line: 'Atelier Lyon',
    softphone: 'baresip',
    only_hands_over: false,
    warnings: [],
    refused: null,
    quiet_ms: 500,
    earlier: [],
  }
  if (name === 'dial-warn') {
    return {
      ...base,
      number: number('+447700900123'),
      digits: '+447700900123',
      matches: [],
      softphone: 'Aircall',
      only_hands_over: true,
      warnings: ['unusual_country'],
    }
  }
  if (name === 'dial-refused') {
    const unreadable = {
      ...number(''),
      display: '*#06#',
      kind: 'unknown' as const,
      e164: null,
      region: null,
      dialable: false,
    }
    return { ...base, number: unreadable, digits: '', matches: [], refused: 'service_code' }
  }
  return base
}

export function fakeBridge(options: FakeOptions = {}): FakeBridge {
  const query = options.query ?? new URLSearchParams()
  const window = options.window ?? 'desk'
  const listeners: Listeners = {}
  const asked: FakeBridge['asked'] = []

  let app: AppView = {
    version: '0.1.0',
    language: options.language ?? (query.get('lang') === 'fr' ? 'fr' : 'en'),
    theme: options.theme ?? (query.get('theme') as ThemeWord | null) ?? 'system',
    platform: 'linux',
    region: 'FR',
    first_run: window === 'wizard',
    sample: query.has('sample'),
    secrets: (query.get('secrets') as AppView['secrets'] | null) ?? 'keychain',
    autostart: false,
    places_windows: true,
    undo_s: 5,
    counts: { to_file: 3, stuck: 2, waiting: 1 },
    dispositions: ['reached', 'call_back', 'left_message', 'no_answer', 'wrong_number', 'not_interested'],
    longest_note: 3000,
    longest_tag: 40,
    most_tags: 15,
  }
  const empty = query.has('empty')
  let card: CardState =
    window === 'card' ? scene(options.scene ?? query.get('scene') ?? 'ringing') : scene('')
  let rows: CallRow[] = empty ? [] : callRows()
  let linked: ConnectionView[] = connections(
    empty || window === 'wizard' ? 'none' : (query.get('crm') ?? 'connected'),
  )
  let clouds: CloudView[] =
    query.get('cloud') === 'on'
      ? [connectedCloud('aircall', ago(120)), resting('allo')]
      : [resting('aircall'), resting('allo')]
  let handlers: HandlerView[] = handlersView()
  let page: SettingsPage = settingsPage()
  let sample: SampleView = samplePanel(app.sample)
  let banners: BannerView[] =
    query.get('crm') === 'disconnected'
      ? [
          {
            id: 'sellsy-signed-out',
            level: 'bad',
            text:
              app.language === 'fr'
                ? 'Sellsy a fermé la session. Les appels restent ici et partiront après la reconnexion.'
                : 'Sellsy ended the session. Calls are kept here and leave as soon as you reconnect.',
            action: { is: 'reconnect', connection: 'sellsy' },
            can_dismiss: false,
          },
        ]
      : query.has('shrink')
        ? [
            {
              id: 'shrink-sellsy',
              level: 'warn',
              text: '42 contacts are no longer found in Sellsy. They are kept here until you decide.',
              action: { is: 'shrink', connection: 'sellsy' },
              can_dismiss: false,
            },
          ]
        : query.get('double')
          ? [
              {
                id: 'double-sellsy-aircall-+33199000001',
                level: 'warn',
                text: 'Another program also logs calls of Aircall in Sellsy: they stand there twice.',
                action: {
                  is: 'double',
                  connection: 'sellsy',
                  source: 'aircall',
                  source_name: 'Aircall',
                  line: '+33199000001',
                },
                can_dismiss: false,
              },
            ]
          : []

  function tell<K extends keyof Events>(event: K, payload: Events[K]): void {
    listeners[event]?.forEach((heard) => heard(payload))
  }
  function show(change: Partial<CardState>): void {
    card = { ...card, ...change, revision: card.revision + 1 }
    self.card = card
    tell('cardChanged', card)
  }
  function changeCard(call: string, change: (card: CardView) => CardView): void {
    show({ cards: card.cards.map((one) => (one.call.id === call ? change(one) : one)) })
  }
  function changeApp(change: Partial<AppView>): null {
    app = { ...app, ...change }
    tell('appChanged', app)
    return null
  }
  function changeConnection(name: string, change: Partial<ConnectionView>): null {
    linked = linked.map((one) => (one.status.name === name ? { ...one, ...change } : one))
    tell('connectionsChanged', linked)
    return null
  }
  function changeCloud(next: CloudView): void {
    clouds = clouds.map((one) => (one.id === next.id ? next : one))
    tell('cloudsChanged', clouds)
  }
  function leave(call: string): void {
    const cards = card.cards.filter((one) => one.call.id !== call)
    show({ cards, front: cards.at(-1)?.call.id ?? null })
  }
  function connect(name: string): null {
    const other = connections('connected').find((one) => one.status.name === name)
    return changeConnection(name, {
      ...other,
      sign_in: null,
      sync: { first: true, done: 4200, total: 12408, left_s: 41 },
    })
  }
  function detail(id: string): CallDetail {
    const row = rows.find((one) => one.call.id === id)
    if (!row) throw fail('not_found', 'This call is not here any more.')
    const person = people[row.contact?.id as keyof typeof people] as Person | undefined
    const mood = row.call.state === 'ended' ? 'wrap_up' : 'talking'
    const base = person ? known(person, { mood }) : unknown({ mood })
    return {
      cloud: null,
      row,
      source_name: 'baresip',
      card: {
        ...base,
        call: row.call,
        number: row.number,
        draft: {
          ...emptyDraft(),
          note: row.call.note,
          tags: row.call.tags,
          disposition: row.call.disposition,
        },
      },
      story: story(row),
      deliveries: row.call.deliveries.map((delivery, index) => ({
        entry: `${row.call.id}-${String(index)}`,
        connection_name: 'Sellsy',
        delivery,
        ways_out:
          delivery.reason_code === 'disconnected'
            ? ['reconnect', 'discard']
            : delivery.state === 'stuck'
              ? ['attach', 'create', 'retry', 'discard']
              : delivery.state === 'waiting'
                ? ['retry', 'attach']
                : [],
        has_page: delivery.state === 'delivered',
        beside: false,
      })),
    }
  }

  const answers: Commands = {
    appView: async () => app,
    banners: async () => banners,
    async settleDouble() {
      banners = banners.filter((one) => one.action?.is !== 'double')
      tell('bannersChanged', banners)
      return null
    },
    dismissBanner: async () => null,
    setTheme: async (theme) => changeApp({ theme }),
    setAutostart: async (on) => changeApp({ autostart: on }),
    showWindow: async () => null,
    finishFirstRun: async () => changeApp({ first_run: false }),
    cardState: async () => card,
    resizeCard: async () => null,
    hideCard: async () => null,
    focusCard: async () => null,
    cardPainted: async () => null,
    async saveDraft(call, change) {
      const one = card.cards.find((known) => known.call.id === call)
      const revision = (one?.draft.revision ?? 0) + 1
      changeCard(call, (one) => {
        const draft = { ...one.draft, revision }
        if (change.is === 'note') draft.note = change.note
        if (change.is === 'tags') draft.tags = change.tags
        if (change.is === 'disposition') draft.disposition = change.word
        const picked = change.is === 'opportunity' ? change.id : one.live.picked
        const missing = one.filing.missing.filter((word) => word !== 'disposition' || !draft.disposition)
        return { ...one, draft, live: { ...one.live, picked }, filing: { ...one.filing, missing } }
      })
      return { revision }
    },
    async logWhenFound(call) {
      changeCard(call, (one) => {
        const missing = one.filing.missing.filter((word) => word !== 'decision')
        return { ...one, filing: { ...one.filing, can_file: true, missing } }
      })
      return null
    },
    async chooseContact(call, contact) {
      changeCard(call, (one) => {
        const all = [...one.matches, ...one.could_be]
        const found = all.find((known) => known.contact.at.id === contact?.id)
        const index = one.matches.findIndex((known) => known.contact.at.id === contact?.id)
        if (index >= 0) return { ...one, chosen: index }
        const person = Object.values(people).find((known) => known.id === contact?.id)
        const chosen = found ?? (person && match(person))
        if (!chosen) return one
        return {
          ...one,
          who: 'known',
          matches: [{ ...chosen, confidence: 'exact' }],
          chosen: 0,
          could_be: [],
          filing: {
            ...one.filing,
            missing: [],
            goes_to: [
              { connection_name: 'Sellsy', name: chosen.contact.name, company: null, opportunity: null },
            ],
          },
        }
      })
      return null
    },
    async fileCall(call) {
      const one = card.cards.find((known) => known.call.id === call)
      leave(call)
      if (one) {
        const name = one.matches[one.chosen ?? -1]?.contact.name ?? one.number.display
        const filed = { call, name, until: ahead(5), goes_to: one.filing.goes_to, discarded: false }
        show({ undo: [filed] })
        setTimeout(() => show({ undo: [] }), 5000)
      }
      return null
    },
    async undoFiling() {
      show({ undo: [], cards: (scenes['wrap-up']?.() ?? []).slice(0, 1) })
      return null
    },
    async discardCall(call) {
      leave(call)
      return null
    },
    async setAside(call) {
      leave(call)
      return null
    },
    openWrapUp: async () => null,
    async sayCall(call, said) {
      changeCard(call, (one) => ({
        ...one,
        mood: said === 'answered' ? 'talking' : 'wrap_up',
        call: {
          ...one.call,
          state: said === 'answered' ? 'answered' : 'ended',
          answered_at: said === 'answered' ? ago(0) : one.call.answered_at,
          ended_at: said === 'ended' ? ago(0) : null,
        },
      }))
      return null
    },
    async confirmDial() {
      const cards = scenes[card.dial_request?.only_hands_over ? 'handed' : 'dialing']?.() ?? []
      show({ dial_request: null, cards, front: cards[0]?.call.id ?? null })
      return null
    },
    dialShown: async () => null,
    async cancelDial() {
      show({ dial_request: null })
      return null
    },
    dial: async () => null,
    readNumber: async (text) => {
      const digits = text.replace(/[^+\d]/g, '')
      return digits.length > 6 ? number(digits.startsWith('0') ? `+33${digits.slice(1)}` : digits) : null
    },
    lookup: async (input) => ({
      number: { input, e164: null, region: null, kind: 'unknown' },
      matches: [],
      elapsed_us: 90,
    }),
    async calls(query) {
      const words = query.search.toLowerCase()
      const chosen = rows.filter((row) => {
        const text =
          `${row.name ?? ''} ${row.company ?? ''} ${row.number.display} ${row.call.note}`.toLowerCase()
        if (words && !text.includes(words)) return false
        switch (query.filter) {
          case 'today':
            return new Date(row.call.started_at).toDateString() === new Date().toDateString()
          case 'to_file':
            return row.mark === 'to_file'
          case 'missed':
            return row.call.end_reason === 'missed'
          case 'waiting':
            return row.mark === 'waiting' || row.mark === 'checking'
          case 'stuck':
            return row.mark === 'stuck'
          case 'unknown':
            return !row.name
          default:
            return true
        }
      })
      return { calls: chosen, next: null, counts: app.counts }
    },
    callDetail: async (id) => detail(id),
    async retryDelivery(entry) {
      rows = rows.map((row) =>
        entry.startsWith(row.call.id)
          ? {
              ...row,
              mark: 'waiting',
              reason: null,
              call: {
                ...row.call,
                deliveries: row.call.deliveries.map((one) => ({
                  ...one,
                  state: 'waiting',
                  reason: null,
                  reason_code: null,
                })),
              },
            }
          : row,
      )
      tell('callsChanged', app.counts)
      return null
    },
    attachDelivery: async () => null,
    async discardDelivery(entry) {
      rows = rows.map((row) =>
        entry.startsWith(row.call.id)
          ? { ...row, mark: 'not_logged', reason: null, call: { ...row.call, deliveries: [] } }
          : row,
      )
      tell('callsChanged', app.counts)
      return null
    },
    openDelivery: async () => null,
    openRecord: async () => null,
    openOpportunity: async () => null,
    createContact: async (_call, form) => ({ connection: form.connection, kind: form.kind, id: 'ines' }),
    async searchContacts(text, limit) {
      if (empty) return []
      const words = text.toLowerCase().replace(/\s/g, '')
      return contacts()
        .filter((one) =>
          `${one.name}${one.company ?? ''}${one.number?.e164 ?? ''}${one.number?.display ?? ''}`
            .toLowerCase()
            .replace(/\s/g, '')
            .includes(words),
        )
        .slice(0, limit)
    },
    async contact(key) {
      const person = Object.values(people).find((one) => one.id === key.id) ?? people.marie
      const sharing = person === people.marie ? [rowOf(people.bakery)] : []
      return { contact: viewOf(person), sharing, calls: rows.filter((row) => row.contact?.id === person.id) }
    },
    forgetPerson: async () => ({
      contacts: 1,
      calls: 4,
      drafts: 0,
      recordings: 1,
      left: ['/home/camille/Calls/20260302T084107Z-900017.mp3'],
    }),
    cleanUp: async () => ({
      shared: [
        {
          number: number('+33199000142'),
          contacts: [rowOf(people.marie), rowOf(people.bakery), rowOf(people.paul)],
        },
      ],
      unreadable: [{ contact: rowOf(people.karim), field: 'mobile', text: '06 39 98 1', proposed: null }],
      nobody: [
        {
          number: number('+33199009876'),
          calls: 3,
          call: rows[0]?.call.id ?? '',
          last_at: ago(3 * 3600),
          why: 'no_record',
        },
      ],
    }),
    saveCleanUp: async () => '/home/claire/Downloads/callside-2026-11-20.csv',
    shrink: async () =>
      query.has('shrink')
        ? { connection_name: 'Sellsy', count: 42, some: [rowOf(people.hugo), rowOf(people.karim)] }
        : null,
    async settleShrink(_connection, remove) {
      banners = banners.filter((one) => one.action?.is !== 'shrink')
      tell('bannersChanged', banners)
      return remove ? 42 : 0
    },
    tagSuggestions: async (_call, text) =>
      ['devis', 'urgent', 'livraison', 'facture', 'réclamation', 'rendez-vous', 'pièces', 'garantie']
        .filter((name) => name.startsWith(text.toLowerCase()))
        .map((name) => ({ name, color: name === 'devis' ? '#00B388' : null })),
    overview: async (days) => overviewView(days, empty),
    budget: async (connection, hours) => budgetView(connection, hours, empty),
    settings: async () => page,
    async saveSettings(settings) {
      if (settings.logging.undo_s > 60)
        throw fail('setting_refused', 'It must be between 0 and 60.', 'logging.undo_s')
      page = { ...page, settings }
      if (settings.language !== 'system') changeApp({ language: settings.language })
      return page
    },
    clouds: async () => clouds,
    async connectAircall(id, token) {
      if (token !== 'good' || !id) throw fail('refused', 'Aircall does not take this key.')
      changeCloud(connectedCloud('aircall', ago(120)))
      return null
    },
    async connectAllo(key) {
      if (key !== 'good') throw fail('refused', 'Allo does not take this key.')
      changeCloud(connectedCloud('allo', ago(20)))
      return null
    },
    async disconnectCloud(service) {
      changeCloud(resting(service === 'allo' ? 'allo' : 'aircall'))
      return null
    },
    cloudAgents: async () => agents,
    async chooseCloudAgent(service, id) {
      const agent = agents.find((one) => one.id === id) ?? null
      const cloud = clouds.find((one) => one.id === service)
      if (cloud) changeCloud({ ...cloud, agent, by_hand: true })
      return null
    },
    refreshCloud: async () => null,
    importNow: async () => null,
    openRecording: async () => null,
    settleEnrichment: async () => null,
    openDownloads: async () => null,
    showWorkspace: async () => null,
    connections: async () => linked,
    async beginSignIn(connection) {
      changeConnection(connection, { sign_in: { browser: true, may_paste: true, failed: null } })
      if (!query.has('hold')) setTimeout(() => connect(connection), 2500)
      return null
    },
    pasteSignIn: async (connection) => connect(connection),
    cancelSignIn: async (connection) => changeConnection(connection, { sign_in: null }),
    signInWithSecret: async (connection) => connect(connection),
    disconnect: async (connection) =>
      changeConnection(connection, connections('none').find((one) => one.status.name === connection) ?? {}),
    syncNow: async () => null,
    telephony: async () => telephonyView(),
    renewHookKey: async () => ({ ...telephonyView(), hook_key: 'n7Qm-4tZc-Xw2e' }),
    handlers: async () => handlers,
    testHandler: async (scheme) => ({ arrived: scheme === 'callside', says: '' }),
    async takeHandler(scheme) {
      handlers = handlers.map((one) =>
        one.scheme === scheme
          ? { ...one, state: 'ours', owner: 'Callside', can_take: false, can_undo: true, before: one.owner }
          : one,
      )
      return handlers
    },
    async undoHandler() {
      handlers = handlersView()
      return handlers
    },
    diagnostics: async () => diagnosticsView(app.language),
    restoreBackup: async () => null,
    setPassphrase: async () => changeApp({ secrets: 'passphrase' }),
    unlock: async () => changeApp({ secrets: app.secrets === 'keychain_locked' ? 'keychain' : 'passphrase' }),
    useSession: async () => changeApp({ secrets: 'session' }),
    sample: async () => sample,
    async startSample() {
      sample = samplePanel(true)
      changeApp({ sample: true })
      return sample
    },
    async sampleRing(caller) {
      sample = { ...sample, call: caller, state: 'ringing' }
      tell('sampleChanged', sample)
      return null
    },
    async sampleAnswer() {
      sample = { ...sample, state: 'answered' }
      tell('sampleChanged', sample)
      return null
    },
    async sampleHangUp() {
      sample = { ...sample, call: null, state: null, logged: sample.logged + 1 }
      tell('sampleChanged', sample)
      return null
    },
    async sampleAircall(aircall) {
      sample = { ...sample, aircall }
      return sample
    },
    openSampleCrm: async () => null,
    ...options.commands,
  }

  const watched = Object.fromEntries(
    Object.entries(answers).map(([command, answer]) => [
      command,
      (...args: unknown[]) => {
        asked.push({ command, args })
        return (answer as (...args: unknown[]) => unknown)(...args)
      },
    ]),
  ) as Commands

  const self: FakeBridge = {
    commands: watched,
    listen(event, heard) {
      const set = (listeners[event] ??= new Set() as never) as Set<typeof heard>
      set.add(heard)
      return () => set.delete(heard)
    },
    listening: async () => undefined,
    window,
    asked,
    tell,
    show,
    card,
  }
  return self
}
