import { usualNoticeRules } from '#shared/policy/notices.ts';
import { londonDay } from '../calendar/working-days.ts';
import type { PolicyOf } from '../policies/policy-memory.ts';
import { personById, personByOsName } from '../register/people.ts';
import type { Store } from '../store/tables.ts';
import { type Directory, type DirectoryPerson, directoryOf } from './directory.ts';
import type { Contacts, Surroundings } from './planning.ts';
import type { Telling } from './told.ts';

/** What the settings say of notices. */
export interface NoticeSite {
  organisation: string;
  contacts: Contacts;
  /** Whether mail is set up. */
  mails: boolean;
  /** Right-hand side of message ids. */
  domain: string;
  policyOf: PolicyOf;
}

/** Who was signed in, as far as the register knows, and where they belong. */
export interface Concerned {
  id: string;
  organisation: string;
  teamId: string | null;
}

/** What planning looks at, read once for one look and kept while it lasts. */
export interface Looking {
  concernedBy(person: string | null): Promise<Concerned | undefined>;
  concernedId(id: string | null): Promise<Concerned | undefined>;
  around(concerned: Concerned | undefined, policyVersion: number): Promise<Surroundings>;
  telling(sendAt: number): Telling;
}

export function looking(store: Store, site: NoticeSite, now: number): Looking {
  const directories = new Map<string, Directory>();
  const people = new Map<string, Concerned | undefined>();

  async function directory(organisation: string): Promise<Directory> {
    const known =
      directories.get(organisation) ?? (await directoryOf(store, organisation, { now, day: londonDay(now) }));
    directories.set(organisation, known);
    return known;
  }

  async function named(person: string): Promise<Concerned | undefined> {
    const known = people.has(person) ? people.get(person) : await personByOsName(store, person);
    people.set(person, known);
    return known;
  }

  return {
    concernedBy: async (person) => (person === null ? undefined : named(person)),
    concernedId: async (id) => (id === null ? undefined : personById(store, id)),
    async around(concerned, version) {
      const known = await directory(concerned?.organisation ?? site.organisation);
      const rules = (await site.policyOf(store, version))?.notices ?? usualNoticeRules;
      const person: DirectoryPerson | undefined = concerned && known.people.get(concerned.id);
      return { concerned: person, directory: known, contacts: site.contacts, rules, now };
    },
    telling: (sendAt) => ({ sendAt, now, domain: site.domain, mails: site.mails }),
  };
}
