import { readFileSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { cleanText } from '#shared/text.ts';
import { watchFolder } from './folder-signals.ts';
import type { LinkSeen, PersonSeen, Presence, Seen } from './presence.ts';
import { parseSearchDomains } from './resolv-conf.ts';

export interface PresenceRoots {
  /** Belongs to whoever has the screen; to root at the login window. */
  console: string;
  resolv: string;
}
const usualRoots: PresenceRoots = { console: '/dev/console', resolv: '/private/etc/resolv.conf' };

/**
 * Tells who has the screen by who owns the console, and what is connected by Node.
 * @param nameOf the account's name by its number, from what was read before: this may not wait
 */
export function presenceOnDarwin(
  nameOf: (uid: number) => string | undefined,
  roots: PresenceRoots = usualRoots,
  listLinks: typeof networkInterfaces = networkInterfaces,
): Presence {
  return {
    look: () => ({ ...seenPerson(roots, nameOf), ...seenNetwork(roots, listLinks) }),
    listen(wake) {
      const heard = watchFolder('/Users', () => true, wake);
      return () => heard?.stop();
    },
  };
}

function seenPerson({ console }: PresenceRoots, nameOf: (uid: number) => string | undefined): Pick<Seen, 'person'> {
  const uid = statSync(console, { throwIfNoEntry: false })?.uid;
  const name = uid === undefined || uid === 0 ? '' : cleanText(nameOf(uid) ?? '');
  // Groups can come from a directory, which may be out of reach: those known here would not be all.
  const person: PersonSeen = { name };
  return name === '' ? {} : { person };
}

function seenNetwork({ resolv }: PresenceRoots, list: typeof networkInterfaces): Pick<Seen, 'network'> {
  try {
    return { network: { links: linksOf(list()), searchDomains: parseSearchDomains(readFileSync(resolv, 'utf8')) } };
  } catch {
    // Without a connection there is no such file: then nothing is known of it.
    return {};
  }
}

const mostLinks = 128;

/** Pure. Connections that have an address, by the names that macOS gives them; see ifconfig(8) and networksetup(8). */
export function linksOf(listed: ReturnType<typeof networkInterfaces>): LinkSeen[] {
  return Object.entries(listed)
    .slice(0, mostLinks)
    .flatMap(([name, given = []]) => {
      // Every Mac has tunnels of its own, with addresses of the link alone.
      const addresses = given
        .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
        .map(({ address }) => address);
      return addresses.length === 0 ? [] : [{ kind: kindOf(name), addresses }];
    });
}

function kindOf(name: string): LinkSeen['kind'] {
  if (/^(utun|ipsec|ppp|tun|tap|gif|stf)\d+$/.test(name)) return 'tunnel';
  return /^en\d+$/.test(name) ? 'physical' : 'virtual';
}
