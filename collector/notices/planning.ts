import type { NoticeRules } from '#shared/policy/notices.ts';
import { type Severity, severities } from '#shared/policy/words.ts';
import type { Role } from '../accounts/roles.ts';
import { addWorkingDays, londonDay } from '../calendar/working-days.ts';
import type { Directory, DirectoryPerson } from './directory.ts';
import { type Routed, routeOf } from './supervisor.ts';
import type { TemplateName } from './templates.ts';
import { nextDigest, outOfQuiet } from './times.ts';

/** What planning needs of an alert. */
export interface AlertToTell {
  severity: Severity;
  /** Words of the profile. */
  recipients: readonly string[];
  tell: 'now' | 'digest';
}

/** Mailboxes that stand for a part, such as the service desk, instead of the people who have the role. */
export type Contacts = Partial<Record<string, readonly string[]>>;

export interface Surroundings {
  /** Who was signed in; undefined: nobody, or nobody the register knows. */
  concerned: DirectoryPerson | undefined;
  directory: Directory;
  contacts: Contacts;
  rules: NoticeRules;
  now: number;
}

export interface PlannedRecipient {
  part: string;
  personId: string | null;
  accountId: string | null;
  /** Empty: no mail can reach them, they find it in the console. */
  addresses: readonly string[];
  /** Whether their answer is asked for. */
  acts: boolean;
  template: TemplateName;
}

export interface NoticePlan {
  tell: 'now' | 'digest';
  /** Null when no supervisor is to be told. */
  routed: Routed | null;
  recipients: PlannedRecipient[];
  /** When it goes out, and from when on time runs. */
  sendAt: number;
  dueAt: number | null;
}

const supervising = ['supervisor', 'line-manager'];

/** Who is told of an alert, when, and until when an answer is asked for. Pure. */
export function planNotice(alert: AlertToTell, around: Surroundings): NoticePlan {
  const { rules, now, directory, concerned } = around;
  const isCritical = alert.severity === 'critical';
  const tell = isCritical ? 'now' : alert.tell;
  const asksSupervisor = alert.recipients.some((word) => supervising.includes(word));
  const sendAt = tell === 'digest' ? nextDigest(now, rules) : sendTime(alert.severity, rules, now);
  // Who is there on the day on which it is read.
  const route = asksSupervisor ? routeOf(concerned, directory, londonDay(sendAt)) : undefined;
  const informed = [...alert.recipients, ...(isCritical ? rules.critical : [])].filter(
    (word) => word !== 'user' && !supervising.includes(word),
  );
  const recipients = [
    ...(route ? answering(route.personId, around) : []),
    ...informed.flatMap((word) => holdersOf(word, around)),
    ...personTold(alert, asksSupervisor, around),
  ].map((recipient) => (tell === 'now' ? recipient : { ...recipient, acts: false }));
  const asks = tell === 'now' && recipients.some(({ acts }) => acts);
  return {
    tell,
    routed: route?.routed ?? null,
    recipients: eachOnce(recipients),
    sendAt,
    dueAt: asks ? addWorkingDays(sendAt, rules.answerDays) : null,
  };
}

/** What is urgent goes out in quiet hours too. Pure. */
export function sendTime(severity: Severity, rules: NoticeRules, now: number): number {
  const isUrgent = severities.indexOf(severity) >= severities.indexOf(rules.urgentFrom);
  return isUrgent ? now : outOfQuiet(now, rules);
}

function answering(personId: string | null, around: Surroundings): PlannedRecipient[] {
  if (personId !== null) return [{ ...personal('supervisor', personId, around), acts: true, template: 'action' }];
  return around.rules.escalateTo
    .flatMap((word) => holdersOf(word, around))
    .map((recipient) => ({ ...recipient, acts: true, template: 'action' }));
}

/** Somebody of the register, as a recipient to whom a notice is information. */
export function personal(
  part: string,
  personId: string,
  { directory }: Pick<Surroundings, 'directory'>,
): PlannedRecipient {
  const address = directory.people.get(personId)?.email ?? '';
  const accountId = directory.holders.find((holder) => holder.personId === personId)?.accountId ?? null;
  return {
    part,
    personId,
    accountId,
    addresses: address === '' ? [] : [address],
    acts: false,
    template: 'information',
  };
}

const rolesOf: Partial<Record<string, readonly Role[]>> = {
  ict: ['ict-analyst', 'ict-administrator'],
  'head-of-business-and-governance': ['head-of-business-and-governance'],
  iao: ['iao'],
  'ig-lead': ['ig-lead'],
  'ig-team': ['ig-lead'],
  siro: ['siro'],
  'caldicott-guardian': ['caldicott-guardian'],
};

/** Those who fill a part, without the person concerned. The part itself stands for them when nobody can be mailed. */
export function holdersOf(
  word: string,
  { directory, contacts, concerned }: Pick<Surroundings, 'directory' | 'contacts' | 'concerned'>,
): PlannedRecipient[] {
  const nobody = { part: word, personId: null, accountId: null, acts: false, template: 'information' } as const;
  const shared = contacts[word] ?? [];
  if (shared.length > 0) return [{ ...nobody, addresses: shared }];
  const people = directory.holders
    .filter(({ role, personId }) => (rolesOf[word] ?? []).includes(role) && personId !== concerned?.id)
    .flatMap(({ personId }) => (personId === null ? [] : [personal(word, personId, { directory })]))
    .filter(({ addresses }) => addresses.length > 0);
  return people.length > 0 ? people : [{ ...nobody, addresses: [] }];
}

function personTold(alert: AlertToTell, asksSupervisor: boolean, around: Surroundings): PlannedRecipient[] {
  const { concerned, rules } = around;
  const isTold = alert.recipients.includes('user') || (rules.tellPerson && asksSupervisor && alert.tell === 'now');
  if (!concerned || concerned.email === '' || !isTold) return [];
  return [{ ...personal('person', concerned.id, around), template: 'person' }];
}

/** Whoever has several parts is told once, in the first of them. */
function eachOnce(recipients: readonly PlannedRecipient[]): PlannedRecipient[] {
  const seen = new Set<string>();
  return recipients.filter(({ part, personId, addresses }) => {
    const keys = [personId ?? part, ...addresses.map((address) => address.toLowerCase())];
    const isNew = keys.every((key) => !seen.has(key));
    for (const key of keys) seen.add(key);
    return isNew;
  });
}
