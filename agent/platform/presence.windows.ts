import { networkInterfaces } from 'node:os';
import { cleanText } from '#shared/text.ts';
import type { LinkSeen, PersonSeen, Presence, Seen } from './presence.ts';
import type { NetworkInterface } from './windows/interfaces.ts';
import type { Registry } from './windows/registry.ts';
import type { Sessions } from './windows/sessions.ts';
import type { WindowsSystem } from './windows/system.ts';

/** Asks the terminal services who is at work, and the network what is connected. */
export function presenceOnWindows(
  { sessions, registry, host, interfaces }: Pick<WindowsSystem, 'sessions' | 'registry' | 'host' | 'interfaces'>,
  listLinks: typeof networkInterfaces = networkInterfaces,
): Presence {
  return {
    look: () => ({ ...seenPerson(sessions), ...seenNetwork(registry, interfaces, listLinks) }),
    listen: (wake) => host.on('session', wake),
  };
}

/** The one who has screen and keyboard; somebody at a remote desktop is not at this computer. */
function seenPerson(sessions: Sessions): Pick<Seen, 'person'> {
  const session = sessions.atConsole();
  if (session === undefined || sessions.isRemote(session)) return {};
  const name = cleanText(sessions.userOf(session));
  // Groups can come from a domain, which may be out of reach: those known here would not be all.
  const person: PersonSeen = { name };
  return name === '' ? {} : { person };
}

const parameters = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters';
const mostLinks = 128;

function seenNetwork(
  registry: Registry,
  interfaces: () => NetworkInterface[],
  list: typeof networkInterfaces,
): Pick<Seen, 'network'> {
  try {
    return { network: { links: linksOf(interfaces(), list()), searchDomains: searchDomains(registry) } };
  } catch {
    // Windows did not say: then it is not known.
    return {};
  }
}

/** PPP, what is called virtual by itself, and tunnels. */
const tunnelTypes: ReadonlySet<number> = new Set([23, 53, 131]);

/** Pure. Connections that are up and have an address. */
export function linksOf(
  interfaces: readonly NetworkInterface[],
  listed: ReturnType<typeof networkInterfaces>,
): LinkSeen[] {
  return Object.entries(listed)
    .slice(0, mostLinks)
    .flatMap(([name, given = []]) => {
      const addresses = given.filter(({ internal }) => !internal).map(({ address }) => address);
      const known = interfaces.find((one) => one.name === name);
      return addresses.length === 0 ? [] : [{ kind: kindOf(known), addresses }];
    });
}

function kindOf(known: NetworkInterface | undefined): LinkSeen['kind'] {
  if (known && tunnelTypes.has(known.type)) return 'tunnel';
  return known?.isHardware ? 'physical' : 'virtual';
}

/** A list set by hand or policy goes before the domain of the computer and those that came with addresses. */
function searchDomains(registry: Registry): string[] {
  const text = (path: string, name: string) => String(registry.value(path, name) ?? '');
  const list = text(parameters, 'SearchList');
  const cards = (registry.keys(`${parameters}\\Interfaces`) ?? []).map((key) => `${parameters}\\Interfaces\\${key}`);
  const domains =
    list === ''
      ? [parameters, ...cards].flatMap((path) => [text(path, 'Domain'), text(path, 'DhcpDomain')])
      : list.split(/[\s,]+/);
  return [...new Set(domains.map((word) => word.replace(/\.$/, '').toLowerCase()).filter((word) => word !== ''))];
}
