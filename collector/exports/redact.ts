import { createHmac } from 'node:crypto';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { osNameKey, osNameMatches } from '../register/os-names.ts';

/** Somebody whose name may stand in an event. */
export interface KnownPerson {
  name: string;
  email: string;
  accounts: readonly string[];
}

export interface Redaction {
  /** Those the disclosure is about: they stay. */
  inScope: readonly KnownPerson[];
  /** Everybody else of the register, and names that were seen on computers. */
  others: readonly KnownPerson[];
  othersSeen: readonly string[];
  /** Of this disclosure alone. */
  secret: Uint8Array;
}

/** Events of whom: `own`, of somebody else, or of nobody that the computer could tell. */
export type Whose = 'own' | 'other' | 'nobody';

export interface Redactor {
  whose(event: PortcullisEvent): Whose;
  /** The event with everybody else's names and serial numbers replaced, the same one always by the same word. */
  event(event: PortcullisEvent): PortcullisEvent;
  /** How many different names and numbers were replaced so far. */
  replaced(): number;
}

/** Shorter names would be found within other words. */
const shortestName = 3;

/**
 * Makes the redactor of one disclosure. Pure but for its count. A serial number stays where somebody in scope acted, or where the
 * computer told of nobody; where another person acted it could tell who, and is replaced.
 */
export function redactor({ inScope, others, othersSeen, secret }: Redaction): Redactor {
  const replaced = new Set<string>();
  const own = inScope.flatMap(({ accounts }) => accounts);
  const isOwn = (user: string) => own.some((name) => osNameMatches(name, user));
  const pattern = namesPattern(
    namesOf(
      others,
      othersSeen.filter((name) => !isOwn(name)),
    ),
    new Set(namesOf(inScope, own)),
  );

  function pseudonym(kind: 'person' | 'serial', value: string): string {
    const key = kind === 'person' ? osNameKey(value).local : value;
    replaced.add(`${kind} ${key}`);
    const mark = createHmac('sha256', secret).update(`${kind}\n${key}`).digest('hex').slice(0, 12);
    return `${kind}-${mark}`;
  }

  function whose({ actor }: PortcullisEvent): Whose {
    const { user, uid, sid } = actor ?? {};
    if (user !== undefined) return isOwn(user) ? 'own' : 'other';
    return uid === undefined && sid === undefined ? 'nobody' : 'other';
  }

  function without(value: unknown, hidesSerials: boolean, name = ''): unknown {
    if (typeof value === 'string') {
      if (hidesSerials && name === 'serial' && value !== '') return pseudonym('serial', value);
      return pattern ? value.replaceAll(pattern, (found) => pseudonym('person', found)) : value;
    }
    if (Array.isArray(value)) return value.map((member) => without(member, hidesSerials, name));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, without(member, hidesSerials, key)]));
  }

  return {
    whose,
    event(event) {
      const { actor, data, decision, ...rest } = event;
      const isOther = whose(event) === 'other';
      // The reasoning of a decision names devices in sentences; what was decided is enough here.
      const decided = decision && { ...decision, trace: [] };
      const facts = without({ data, ...(decided && { decision: decided }) }, isOther);
      const redacted = { ...rest, ...(facts as object) } as Omit<PortcullisEvent, 'actor'>;
      if (!actor) return redacted as PortcullisEvent;
      if (!isOther) return { ...redacted, actor } as PortcullisEvent;
      // The number of an account names the person as well as the name does.
      const account = actor.user ?? actor.sid ?? String(actor.uid);
      const { process } = actor;
      const shown = { user: pseudonym('person', account), ...(process !== undefined && { process }) };
      return { ...redacted, actor: without(shown, false) } as PortcullisEvent;
    },
    replaced: () => replaced.size,
  };
}

function namesOf(people: readonly KnownPerson[], seen: readonly string[]): string[] {
  const accounts = [...people.flatMap((person) => person.accounts), ...seen];
  return [
    ...people.flatMap(({ name, email }) => [name, email]),
    ...accounts,
    ...accounts.map((name) => osNameKey(name).local),
  ]
    .map((name) => name.toLowerCase())
    .filter((name) => name.length >= shortestName);
}

/** Any of these names as whole words, the longest first; those in scope are never replaced. */
function namesPattern(names: readonly string[], kept: ReadonlySet<string>): RegExp | undefined {
  const all = [...new Set(names)].filter((name) => !kept.has(name)).sort((one, other) => other.length - one.length);
  if (all.length === 0) return undefined;
  const escaped = all.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
}
