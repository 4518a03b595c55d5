/** Who writes a service's calls into the CRM, as the settings say it in two lists. */
import type { SettingsView } from '../../bridge'

/** Callside alone; another program, and Callside beside it; another program alone. */
export type Logger = 'callside' | 'enrich' | 'skip'

export function logger(settings: SettingsView, source: string): Logger {
  if (settings.logging.skip_sources.includes(source)) return 'skip'
  return settings.logging.enrich_sources.includes(source) ? 'enrich' : 'callside'
}

export function setLogger(settings: SettingsView, source: string, logger: Logger): void {
  const { logging } = settings
  const others = (list: string[]) => list.filter((one) => one !== source)
  logging.skip_sources = others(logging.skip_sources)
  logging.enrich_sources = others(logging.enrich_sources)
  if (logger === 'skip') logging.skip_sources.push(source)
  if (logger === 'enrich') logging.enrich_sources.push(source)
}
