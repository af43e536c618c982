import { existsSync } from 'node:fs';
import type { networkInterfaces } from 'node:os';
import type { LinkSeen } from './presence.ts';
import { attribute, entries } from './sysfs.linux.ts';

/** ARPHRD of if_arp.h: point-to-point, IP in IP, its sixth version, SIT, GRE, its sixth version, and none, as TUN and WireGuard have. */
const tunnelTypes: ReadonlySet<string> = new Set(['512', '768', '769', '776', '778', '823', '65534']);
const mostLinks = 128;

/** Connections that are up and have an address, by what `networkInterfaces` of Node lists and what sysfs says of each. */
export function linksOf(sys: string, listed: ReturnType<typeof networkInterfaces>): LinkSeen[] {
  return Object.entries(listed)
    .slice(0, mostLinks)
    .flatMap(([name, given = []]) => {
      const addresses = given.filter(({ internal }) => !internal).map(({ address }) => address);
      return addresses.length === 0 ? [] : [{ kind: kindOf(`${sys}/class/net/${name}`), addresses }];
    });
}

function kindOf(folder: string): LinkSeen['kind'] {
  const isTap = existsSync(`${folder}/tun_flags`);
  if (isTap || tunnelTypes.has(attribute(`${folder}/type`) ?? '')) return 'tunnel';
  return isOnCard(folder) ? 'physical' : 'virtual';
}

/** A bridge or bond is as physical as what hangs below it. */
function isOnCard(folder: string): boolean {
  if (existsSync(`${folder}/device`)) return true;
  return entries(folder).some((name) => name.startsWith('lower_') && existsSync(`${folder}/${name}/device`));
}
