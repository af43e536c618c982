import { networkInterfaces } from 'node:os';
import { watchFolder } from './folder-signals.ts';
import { groupsOf } from './groups.linux.ts';
import { linksOf } from './links.linux.ts';
import type { PersonSeen, Presence, Seen } from './presence.ts';
import { parseSearchDomains } from './resolv-conf.ts';
import { personAtWork } from './sessions.linux.ts';
import { attribute } from './sysfs.linux.ts';

export interface PresenceRoots {
  sys: string;
  run: string;
  etc: string;
}

/** Asks systemd-logind's files who is at work, and the kernel what is connected. */
export function presenceOnLinux(
  roots: PresenceRoots = { sys: '/sys', run: '/run', etc: '/etc' },
  listLinks: typeof networkInterfaces = networkInterfaces,
): Presence {
  return {
    look: () => ({ ...seenPerson(roots), ...seenNetwork(roots, listLinks) }),
    listen(wake) {
      // A session in front is written anew as a file that is moved into place.
      const heard = watchFolder(`${roots.run}/systemd/sessions`, () => true, wake);
      return () => heard?.stop();
    },
  };
}

function seenPerson({ run, etc }: PresenceRoots): Pick<Seen, 'person'> {
  const name = personAtWork(run);
  if (name === undefined) return {};
  const groups = groupsOf(etc, name);
  const person: PersonSeen = { name, ...(groups && { groups }) };
  return { person };
}

function seenNetwork({ sys, etc }: PresenceRoots, list: typeof networkInterfaces): Pick<Seen, 'network'> {
  try {
    const searchDomains = parseSearchDomains(attribute(`${etc}/resolv.conf`) ?? '');
    return { network: { links: linksOf(sys, list()), searchDomains } };
  } catch {
    // The kernel did not say: then it is not known.
    return {};
  }
}
