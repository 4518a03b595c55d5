/** Where a log goes, in words. */
import type { GoesToView } from '../../bridge'
import { list } from '../../text/format'
import { t } from '../../text/index.svelte'

export function goesTo(places: GoesToView[]): string {
  const parts = places.map((place) => {
    if (!place.name) return t('goes-to-nobody', { crm: place.connection_name })
    const more = [
      place.company && place.company !== place.name ? place.company : null,
      place.opportunity ? t('goes-to-opportunity', { name: place.opportunity }) : null,
    ].filter((word) => word !== null)
    return t('goes-to', { crm: place.connection_name, names: list([place.name, ...more]) })
  })
  return parts.join(' ')
}
