/** Invented people and their calls. Their numbers are reserved for fiction. */
import type {
  CallRow,
  CardView,
  ConnectionView,
  ContactKindWord,
  ContactRow,
  ContactView,
  DeliveryShape,
  DraftView,
  MarkWord,
  MatchView,
  NumberView,
  ReasonCode,
  RoleWord,
} from './bindings'

export interface Person {
  id: string
  name: string
  initials: string
  hue: number
  kind: ContactKindWord
  company: string | null
  position: string | null
  role: RoleWord | null
  phone: string
  email: string | null
  note: string | null
  tags: string[]
}

export const people = {
  marie: {
    id: 'marie',
    name: 'Marie Dupont',
    initials: 'MD',
    hue: 0,
    kind: 'contact',
    company: 'Boulangerie Martin',
    position: 'Gérante',
    role: 'client',
    phone: '+33199000142',
    email: 'marie.dupont@example.com',
    note: 'Préfère le matin, avant la fournée de dix heures.',
    tags: ['fidèle'],
  },
  bakery: {
    id: 'bakery',
    name: 'Boulangerie Martin',
    initials: 'BM',
    hue: 3,
    kind: 'company',
    company: null,
    position: null,
    role: 'client',
    phone: '+33199000142',
    email: 'bonjour@example.com',
    note: null,
    tags: [],
  },
  paul: {
    id: 'paul',
    name: 'Paul Martin',
    initials: 'PM',
    hue: 7,
    kind: 'individual',
    company: null,
    position: null,
    role: 'prospect',
    phone: '+33199000142',
    email: null,
    note: null,
    tags: [],
  },
  hugo: {
    id: 'hugo',
    name: 'Hugo Lefèvre',
    initials: 'HL',
    hue: 8,
    kind: 'contact',
    company: 'Atelier Verre & Bois',
    position: 'Acheteur',
    role: 'prospect',
    phone: '+33639981207',
    email: 'hugo@example.com',
    note: null,
    tags: [],
  },
  ines: {
    id: 'ines',
    name: 'Inès Caron',
    initials: 'IC',
    hue: 10,
    kind: 'individual',
    company: null,
    position: null,
    role: 'client',
    phone: '+33639981102',
    email: null,
    note: 'Code du portail au bureau.',
    tags: [],
  },
  karim: {
    id: 'karim',
    name: 'Karim Benali',
    initials: 'KB',
    hue: 5,
    kind: 'contact',
    company: 'Transports Océane',
    position: 'Exploitation',
    role: 'supplier',
    phone: '+33261910044',
    email: 'k.benali@example.com',
    note: null,
    tags: [],
  },
  sophie: {
    id: 'sophie',
    name: 'Sophie Marchand-Delaunay',
    initials: 'SM',
    hue: 11,
    kind: 'contact',
    company: 'Maison de santé des Tilleuls',
    position: 'Direction',
    role: 'client',
    phone: '+33465710090',
    email: 'direction@example.com',
    note: null,
    tags: [],
  },
  oliver: {
    id: 'oliver',
    name: 'Oliver Grant',
    initials: 'OG',
    hue: 2,
    kind: 'individual',
    company: null,
    position: null,
    role: 'prospect',
    phone: '+442079460018',
    email: null,
    note: null,
    tags: [],
  },
  stranger: {
    id: 'stranger',
    name: '',
    initials: '',
    hue: 0,
    kind: 'contact',
    company: null,
    position: null,
    role: null,
    phone: '+33536490031',
    email: null,
    note: null,
    tags: [],
  },
} satisfies Record<string, Person>

export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString()
}

export function ahead(seconds: number): string {
  return ago(-seconds)
}

export function number(e164: string): NumberView {
  const french = e164.startsWith('+33')
  const rest = e164.slice(3)
  const display = french
    ? `+33 ${rest.slice(0, 1)} ${rest.slice(1).replace(/(\d\d)(?=\d)/g, '$1 ')}`
    : e164.replace(/^(\+44)(\d\d)(\d{4})(\d+)$/, '$1 $2 $3 $4')
  const mobile = french ? /^[67]/.test(rest) : e164.startsWith('+447')
  return {
    display,
    e164,
    region: french ? 'FR' : 'GB',
    time_zone: french ? 'Europe/Paris' : 'Europe/London',
    kind: mobile ? 'mobile' : 'fixed_line',
    dialable: true,
  }
}

export function viewOf(person: Person): ContactView {
  const phone = number(person.phone)
  return {
    at: { connection: 'sellsy', kind: person.kind, id: person.id },
    connection_name: 'Sellsy',
    name: person.name,
    initials: person.initials,
    hue: person.hue,
    company: person.company,
    position: person.position,
    role: person.role,
    email: person.email,
    owner: 'Claire Roy',
    tags: person.tags,
    note: person.note,
    phones: [
      {
        field: phone.kind === 'mobile' ? 'mobile' : 'phone',
        text: phone.display.replace('+33 ', '0'),
        number: phone,
      },
    ],
    no_marketing_calls: false,
    has_page: true,
    synced_at: ago(20),
  }
}

export function match(person: Person): MatchView {
  const contact = viewOf(person)
  const phone = contact.phones[0]
  return {
    contact,
    confidence: 'exact',
    field: phone?.field ?? 'phone',
    field_text: phone?.text ?? '',
    rule: 'equal',
    why: `Sellsy: ${phone?.field ?? 'phone'} “${phone?.text ?? ''}” is this number. Copy of 20 seconds ago.`,
  }
}

export function rowOf(person: Person): ContactRow {
  const { at, connection_name, name, initials, hue, company, role } = viewOf(person)
  return { at, connection_name, name, initials, hue, company, role, number: number(person.phone) }
}

export function contacts(): ContactRow[] {
  return Object.values(people)
    .filter((person) => person.name)
    .map(rowOf)
    .sort((a, b) => a.name.localeCompare(b.name))
}

export function emptyDraft(): DraftView {
  return { revision: 0, note: '', tags: [], disposition: null, contact_chosen: false }
}

export function emptyCard(person: Person): CardView {
  return {
    call: {
      id: `01J${person.id.toUpperCase()}`,
      source: 'baresip',
      direction: 'inbound',
      remote_number: person.phone,
      line: 'Atelier Lyon',
      state: 'ringing',
      end_reason: null,
      started_at: ago(7),
      answered_at: null,
      ended_at: null,
      duration_s: 0,
      note: '',
      tags: [],
      disposition: null,
      wrap_up: 'open',
      deliveries: [],
    },
    mood: 'ringing',
    source_name: 'baresip',
    number: number(person.phone),
    caller_name: null,
    verified: true,
    who: 'unknown',
    matches: [],
    chosen: null,
    could_be: [],
    live: {
      state: 'nothing',
      wants_opportunity: false,
      wants_company: false,
      companies: [],
      opportunities: [],
      picked: null,
    },
    earlier: [],
    draft: emptyDraft(),
    filing: { can_file: true, missing: [], goes_to: [], not_logged: null, files_itself_at: null },
    creatable: [],
    tells_nothing: false,
  }
}

interface Line {
  who: Person
  secondsAgo: number
  out?: boolean
  missed?: boolean
  talk?: number
  mark: MarkWord
  reason?: [ReasonCode, string]
  note?: string
  tags?: string[]
  disposition?: string
}

const lines: Line[] = [
  { who: people.marie, secondsAgo: 190, talk: 0, mark: 'live' },
  {
    who: people.sophie,
    secondsAgo: 1500,
    talk: 421,
    mark: 'to_file',
    note: 'Deux lits médicalisés, devis avant vendredi.',
    tags: ['devis'],
  },
  { who: people.stranger, secondsAgo: 2900, missed: true, mark: 'to_file' },
  {
    who: people.hugo,
    secondsAgo: 4100,
    out: true,
    talk: 0,
    mark: 'waiting',
    reason: ['unreachable', 'Sellsy cannot be reached. The next try is in 12 seconds.'],
    disposition: 'no_answer',
  },
  {
    who: people.karim,
    secondsAgo: 6200,
    talk: 133,
    mark: 'delivered',
    note: 'Palette livrée au mauvais quai, repasse demain.',
    tags: ['livraison'],
    disposition: 'reached',
  },
  {
    who: people.oliver,
    secondsAgo: 9000,
    out: true,
    talk: 611,
    mark: 'stuck',
    reason: [
      'contact_deleted',
      'Sellsy says this contact was deleted. The call is kept here: attach it to someone else, or discard it.',
    ],
    tags: ['urgent'],
    disposition: 'reached',
  },
  {
    who: people.ines,
    secondsAgo: 12_500,
    talk: 88,
    mark: 'checking',
    note: 'Confirme le rendez-vous de jeudi.',
    disposition: 'reached',
  },
  { who: people.paul, secondsAgo: 90_000, missed: true, mark: 'delivered' },
  {
    who: people.stranger,
    secondsAgo: 92_000,
    talk: 45,
    mark: 'stuck',
    reason: ['contact_not_found', 'This number was not found in Sellsy within 24 hours.'],
  },
  {
    who: people.marie,
    secondsAgo: 180_000,
    talk: 252,
    mark: 'delivered',
    note: 'Rappeler quand le devis est prêt.',
    tags: ['devis'],
    disposition: 'call_back',
  },
  {
    who: people.sophie,
    secondsAgo: 190_000,
    out: true,
    talk: 1380,
    mark: 'delivered',
    disposition: 'reached',
  },
  { who: people.karim, secondsAgo: 270_000, talk: 62, mark: 'not_logged' },
  {
    who: people.hugo,
    secondsAgo: 350_000,
    out: true,
    talk: 302,
    mark: 'delivered',
    tags: ['rendez-vous'],
    disposition: 'reached',
  },
  { who: people.ines, secondsAgo: 440_000, missed: true, mark: 'delivered' },
]

function delivery(line: Line): DeliveryShape[] {
  if (!['waiting', 'checking', 'delivered', 'stuck'].includes(line.mark)) return []
  const found = line.who.name !== ''
  return [
    {
      connection: 'sellsy',
      target: found ? { kind: line.who.kind, id: line.who.id, name: line.who.name } : null,
      state: line.mark as DeliveryShape['state'],
      reason: line.reason?.[1] ?? null,
      reason_code: line.reason?.[0] ?? null,
      next_try_at: line.mark === 'waiting' ? ahead(12) : null,
      remote_id: line.mark === 'delivered' ? '88121' : null,
      url: line.mark === 'delivered' ? 'https://www.sellsy.com/' : null,
      attempts: line.mark === 'waiting' ? 3 : 1,
    },
  ]
}

export function callRows(): CallRow[] {
  return lines.map((line, index) => {
    const talk = line.talk ?? 0
    const live = line.mark === 'live'
    const found = line.who.name !== ''
    return {
      call: {
        id: `01JCALL${String(index).padStart(2, '0')}`,
        source: 'baresip',
        direction: line.out ? 'outbound' : 'inbound',
        remote_number: line.who.phone,
        line: index % 3 === 0 ? 'Atelier Lyon' : 'Standard',
        state: live ? 'answered' : 'ended',
        end_reason: live ? null : line.missed ? 'missed' : talk === 0 ? 'failed' : 'completed',
        started_at: ago(line.secondsAgo),
        answered_at: talk > 0 || live ? ago(line.secondsAgo - 6) : null,
        ended_at: live ? null : ago(line.secondsAgo - 6 - talk),
        duration_s: talk,
        note: line.note ?? '',
        tags: line.tags ?? [],
        disposition: line.disposition ?? null,
        wrap_up:
          live || line.mark === 'to_file' ? 'open' : line.mark === 'not_logged' ? 'discarded' : 'filed',
        deliveries: delivery(line),
      },
      number: number(line.who.phone),
      name: found ? line.who.name : null,
      company: line.who.company,
      contact: found ? { connection: 'sellsy', kind: line.who.kind, id: line.who.id } : null,
      initials: line.who.initials,
      hue: line.who.hue,
      mark: line.mark,
      reason: line.reason?.[1] ?? null,
      verified: true,
      voicemail: index === 7,
      imported: false,
    }
  })
}

function connection(name: string, title: string, available: boolean): ConnectionView {
  return {
    status: {
      name,
      state: 'disconnected',
      reason: null,
      contacts: 0,
      numbers: 0,
      last_sync_at: null,
      requests: { per_call: null, last_minute: 0, remaining: {} },
    },
    name: title,
    available,
    known: false,
    account: null,
    agent: null,
    may_use_secret: name === 'sellsy',
    sync: null,
    sign_in: null,
    spent: {},
  }
}

export function connections(how: string): ConnectionView[] {
  const sellsy = connection('sellsy', 'Sellsy', true)
  const others = [connection('salesforce', 'Salesforce', false), connection('gorgias', 'Gorgias', false)]
  if (how === 'none') return [sellsy, ...others]
  const signedOut = how === 'disconnected'
  return [
    {
      ...sellsy,
      known: true,
      account: 'Fournil & Cie',
      agent: 'Claire Roy',
      status: {
        ...sellsy.status,
        state: signedOut ? 'disconnected' : how === 'syncing' ? 'syncing' : 'connected',
        reason: signedOut ? 'The session was ended in Sellsy.' : null,
        contacts: 12_408,
        numbers: 15_102,
        last_sync_at: ago(20),
        requests: { per_call: 1.8, last_minute: 4, remaining: { second: 4, minute: 292, day: 41_200 } },
      },
      sync: how === 'syncing' ? { first: true, done: 7400, total: 12_408, left_s: 34 } : null,
      spent: { log: 41, card: 66, sync: 210, sign_in: 2 },
    },
    ...others,
  ]
}
