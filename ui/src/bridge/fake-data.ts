/** The rest of the invented world: pages that show no people. */
import type {
  BudgetBar,
  BudgetView,
  CallRow,
  DiagnosticsView,
  HandlerView,
  LanguageWord,
  OverviewView,
  SampleView,
  SettingsPage,
  StoryLine,
  TelephonyView,
} from './bindings'
import { ago } from './fake-people'

export function story(row: CallRow): StoryLine[] {
  const { call } = row
  const later = (at: string, seconds: number) =>
    new Date(new Date(at).getTime() + seconds * 1000).toISOString()
  const end = call.ended_at ?? ago(0)
  const lines: StoryLine[] = [
    { at: call.started_at, what: call.direction === 'inbound' ? 'rang' : 'dialled', detail: call.line },
  ]
  if (row.name) lines.push({ at: later(call.started_at, 0), what: 'matched', detail: row.name })
  if (call.answered_at) lines.push({ at: call.answered_at, what: 'answered', detail: null })
  if (call.ended_at) lines.push({ at: end, what: 'ended', detail: null })
  if (call.wrap_up === 'filed') lines.push({ at: later(end, 31), what: 'filed', detail: null })
  if (call.wrap_up === 'discarded') lines.push({ at: later(end, 20), what: 'discarded', detail: null })
  for (const delivery of call.deliveries) {
    const name = `Sellsy, ${delivery.target?.name ?? row.number.display}`
    if (delivery.state === 'delivered') lines.push({ at: later(end, 37), what: 'delivered', detail: name })
    if (delivery.state === 'waiting') lines.push({ at: later(end, 37), what: 'tried', detail: name })
    if (delivery.state === 'checking') lines.push({ at: later(end, 37), what: 'in_doubt', detail: name })
    if (delivery.state === 'stuck') lines.push({ at: later(end, 37), what: 'stuck', detail: delivery.reason })
  }
  return lines
}

export function overviewView(days: number, empty: boolean): OverviewView {
  const shape = [14, 19, 17, 22, 16, 2, 0]
  const list = Array.from({ length: days }, (_, index) => {
    const date = new Date(Date.now() - (days - 1 - index) * 86_400_000)
    const base = empty ? 0 : (shape[(date.getDay() + 6) % 7] ?? 0)
    const inbound = Math.round(base * (0.5 + ((index * 7) % 5) / 20))
    const missed = Math.round(base * 0.14)
    const outbound = Math.max(0, base - inbound - missed)
    return {
      day: date.toISOString().slice(0, 10),
      inbound,
      outbound,
      missed,
      talk_s: (inbound + outbound) * 208,
    }
  })
  const sum = (pick: (day: OverviewView['days'][number]) => number) =>
    list.reduce((all, day) => all + pick(day), 0)
  const hours = [0, 0, 0, 0, 0, 0, 0, 1, 6, 14, 17, 15, 7, 4, 12, 16, 13, 9, 3, 0, 0, 0, 0, 0]
  return {
    days: list,
    hours: empty ? hours.map(() => 0) : hours,
    answered: sum((day) => day.inbound + day.outbound),
    missed: sum((day) => day.missed),
    calls: sum((day) => day.inbound + day.outbound + day.missed),
    talk_s: sum((day) => day.talk_s),
    delivered: empty ? 0 : sum((day) => day.inbound + day.outbound) - 3,
    waiting: empty ? 0 : 1,
    stuck: empty ? 0 : 2,
    delivery_s: empty ? null : 6,
  }
}

export function budgetView(connection: string, hours: number, empty: boolean): BudgetView {
  const step = hours <= 2 ? 60 : hours <= 48 ? 3600 : 6 * 3600
  const n = (hours * 3600) / step
  const end = Math.floor(Date.now() / 1000 / step) * step
  const bar = (index: number): BudgetBar => {
    const at = new Date((end - (n - 1 - index) * step) * 1000).toISOString()
    const wave = empty ? 0 : Math.max(0, Math.round(6 * Math.sin(index / 3) + 4))
    return {
      at,
      log: wave,
      card: wave * 2,
      sync: wave * 3,
      sign_in: 0,
      others: wave,
      refused: 0,
      left: empty ? null : 9000 - index * 60,
    }
  }
  const bars = Array.from({ length: n }, (_, index) => bar(index))
  return { connection, step_s: step, bars, left_of: empty ? null : 'day' }
}

export function settingsPage(): SettingsPage {
  return {
    settings: {
      language: 'system',
      region: 'FR',
      agent: { email: 'claire.roy@example.com' },
      logging: {
        targets: 'best',
        unknown_callers: 'leave',
        missed: 'auto',
        undo_s: 5,
        language: 'system',
        lines: [],
        skip_sources: [],
        skip_lines: [],
        enrich_sources: [],
        enrich_lines: [],
      },
      sync: { interval_s: 60 },
      crm: {
        order: ['sellsy', 'salesforce', 'gorgias'],
        sellsy: {
          opportunity: 'oldest',
          smart_tags: false,
          redirect_ports: [41871, 41872, 41873],
          api_url: 'https://api.sellsy.com/v2',
          login_url: 'https://login.sellsy.com/oauth2',
          web_url: 'https://www.sellsy.com',
          client_id: '',
          region: null,
          unknown_callers: null,
          kinds: [],
        },
        salesforce: {
          login_url: 'https://login.salesforce.com',
          client_id: '',
          region: null,
          unknown_callers: null,
        },
        gorgias: { url: '', email: '', region: null, unknown_callers: 'create' },
      },
      telephony: {
        dial_with: 'baresip',
        baresip: { control: '127.0.0.1:4444', domain: '' },
        aircall: {
          api_url: 'https://api.aircall.io',
          workspace_url: 'https://workspace.aircall.io',
          embed: false,
          lines: [],
          dial_line: '',
          send_notes: false,
          send_tags: true,
          insight_card: true,
          required_tags: [],
        },
        command: { dial: [] },
        allo: {
          api_url: 'https://api.withallo.com',
          dialer_url: 'https://web.withallo.com',
          embed: false,
          send_tags: true,
          transcript: false,
        },
        link: { dial: '' },
      },
      import: {
        window_days: 14,
        first_limit: 200,
        recording_required: false,
        max_recording_mb: 200,
        log: 'ask',
        download_to: '',
      },
      privacy: { keep_calls_days: 365 },
      hooks: { http: false, bind: '127.0.0.1', allow: [], port: 41870 },
    },
    regions: ['FR', 'BE', 'CH', 'LU', 'GP', 'RE', 'DE', 'ES', 'GB', 'IT', 'US', 'CA'],
    file: '/home/claire/.config/callside/config.toml',
    broken: null,
  }
}

export function telephonyView(): TelephonyView {
  const key = 'k3Wd-9vRa-Tb7u'
  const url = (event: string) => `callside:call/${event}?from={from}&id={id}&key=${key}`
  return {
    sources: [
      {
        id: 'baresip',
        name: 'baresip',
        state: 'connected',
        reason: null,
        dials: true,
        only_hands_over: false,
        available: true,
      },
      {
        id: 'hooks',
        name: 'Links and command line',
        state: 'connected',
        reason: null,
        dials: false,
        only_hands_over: false,
        available: true,
      },
      {
        id: 'aircall',
        name: 'Aircall',
        state: 'off',
        reason: null,
        dials: true,
        only_hands_over: true,
        available: true,
      },
      {
        id: 'allo',
        name: 'Allo',
        state: 'off',
        reason: null,
        dials: true,
        only_hands_over: true,
        available: true,
      },
    ],
    hook_key: key,
    listener: null,
    recipes: [
      {
        id: 'microsip',
        product: 'MicroSIP',
        how: 'command',
        lines: [
          { label: 'cmdIncomingCall', text: `callside call ringing --key ${key} --from` },
          { label: 'cmdCallAnswer', text: `callside call answered --key ${key} --from` },
          { label: 'cmdCallEnd', text: `callside call ended --key ${key} --from` },
        ],
        advice: 'MicroSIP.ini, section [Settings].',
      },
      {
        id: 'zoiper',
        product: 'Zoiper 5',
        how: 'link',
        lines: [
          { label: 'Incoming call', text: url('ringing') },
          { label: 'Call hangup', text: url('ended') },
        ],
        advice: null,
      },
      {
        id: 'yealink',
        product: 'Yealink',
        how: 'http',
        lines: [
          {
            label: 'Incoming call',
            text: `http://192.0.2.10:41870/call/ringing?from=$remote&id=$call_id&key=${key}`,
          },
        ],
        advice: null,
      },
    ],
    shortcut: 'Ctrl+Shift+D',
  }
}

export function handlersView(): HandlerView[] {
  return [
    { scheme: 'tel', state: 'other', owner: 'Zoiper 5', can_take: true, can_undo: false, before: null },
    { scheme: 'callto', state: 'nobody', owner: null, can_take: true, can_undo: false, before: null },
    { scheme: 'sip', state: 'other', owner: 'Zoiper 5', can_take: true, can_undo: false, before: null },
    { scheme: 'callside', state: 'ours', owner: 'Callside', can_take: false, can_undo: false, before: null },
  ]
}

export function diagnosticsView(language: LanguageWord): DiagnosticsView {
  const fr = language === 'fr'
  const checks: DiagnosticsView['checks'] = [
    {
      id: 'keychain',
      name: fr ? 'Trousseau' : 'Keychain',
      state: 'fine',
      says: fr ? 'Le trousseau du système répond.' : 'The system’s keychain answers.',
    },
    {
      id: 'journal',
      name: fr ? 'Journal des appels' : 'Call journal',
      state: 'fine',
      says: fr ? 'Chiffré, 214 appels, aucune erreur.' : 'Encrypted, 214 calls, no error.',
    },
    {
      id: 'cache',
      name: fr ? 'Copie des contacts' : 'Copy of the contacts',
      state: 'fine',
      says: fr ? '12 408 fiches, 15 102 numéros.' : '12,408 records, 15,102 numbers.',
    },
    {
      id: 'sellsy',
      name: 'Sellsy',
      state: 'fine',
      says: fr
        ? 'Répond en 84 ms ; 292 requêtes restent pour cette minute.'
        : 'Answers in 84 ms; 292 requests are left this minute.',
    },
    {
      id: 'handlers',
      name: fr ? 'Liens téléphoniques' : 'Phone links',
      state: 'warn',
      says: fr ? 'Les liens tel: s’ouvrent dans Zoiper 5.' : 'Links that begin with tel: open in Zoiper 5.',
    },
    {
      id: 'listener',
      name: fr ? 'Écoute HTTP' : 'HTTP listener',
      state: 'off',
      says: fr ? 'Désactivée dans les réglages.' : 'Switched off in the settings.',
    },
  ]
  return {
    version: '0.1.0',
    checks,
    settings_file: '/home/claire/.config/callside/config.toml',
    data_folder: '/home/claire/.local/share/callside',
    report: checks.map((check) => `${check.id}: ${check.state}`).join('\n'),
  }
}

export function samplePanel(running: boolean): SampleView {
  return {
    running,
    callers: [
      {
        id: 'marie',
        kind: 'known',
        name: 'Marie Dupont',
        company: 'Boulangerie Martin',
        number: '+33 1 99 00 01 42',
      },
      {
        id: 'shared',
        kind: 'shared',
        name: 'Paul Martin',
        company: 'Boulangerie Martin',
        number: '+33 1 99 00 01 42',
      },
      { id: 'ines', kind: 'could_be', name: 'Inès Caron', company: null, number: '+33 6 39 98 11 02' },
      {
        id: 'stranger',
        kind: 'unknown',
        name: '+33 5 36 49 00 31',
        company: null,
        number: '+33 5 36 49 00 31',
      },
      { id: 'withheld', kind: 'withheld', name: '', company: null, number: null },
    ],
    call: null,
    state: null,
    aircall: false,
    logged: 0,
  }
}
