import type { Facts } from '#shared/policy/facts.ts';
import { inRanges, type OwnNetwork } from '#shared/policy/own-network.ts';
import type { LinkSeen, Seen } from '../platform/presence.ts';

/**
 * What rules may ask of the network. Pure. Nothing is known where the policy does not say which network is the
 * organisation's, or where the system did not say what it is connected to.
 */
export function networkFacts(own: OwnNetwork | undefined, network: Seen['network']): Facts['network'] {
  if (!own || !network) return undefined;
  const isOurs = inRanges(own.addresses);
  const searches = own.searchDomains?.map((domain) => domain.toLowerCase());
  const isNamed = !searches || network.searchDomains.some((domain) => searches.includes(domain));
  const isOn = (kind: LinkSeen['kind']) =>
    isNamed && network.links.some((link) => link.kind === kind && link.addresses.some(isOurs));
  return { onNetwork: isOn('physical'), vpn: isOn('tunnel') };
}
