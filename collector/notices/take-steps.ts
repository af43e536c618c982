import type { Severity } from '#shared/policy/words.ts';
import { londonDay } from '../calendar/working-days.ts';
import type { NoticeRecipientsTable, NoticesTable } from '../store/notice-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { isThere } from './directory.ts';
import { type Step, stepsDue } from './escalation.ts';
import { markStep, noteStep, saveRoute } from './notices.ts';
import { holdersOf, type PlannedRecipient, personal, type Surroundings, sendTime } from './planning.ts';
import { managerOf, routeOf } from './supervisor.ts';
import { type Looking, looking, type NoticeSite } from './surroundings.ts';
import { mailTo, tell } from './told.ts';

/** Reminders, and notices that go up. Each step and its mail are one transaction. @returns how many steps were taken */
export async function takeSteps(store: Store, site: NoticeSite, now: number): Promise<number> {
  let taken = 0;
  const look = looking(store, site, now);
  for (const { notice, asked } of await openQuestions(store)) {
    const around = await look.around(await look.concernedId(notice.person_id), notice.policy_version);
    for (const step of stepsDue(facts(notice, asked, around), around.rules, now)) {
      await store.transaction().execute((tx) => takeStep(tx, step, { notice, asked, around, look }));
      taken += 1;
    }
  }
  return taken;
}

interface Question {
  notice: NoticesTable;
  asked: NoticeRecipientsTable;
}

async function openQuestions(store: Store): Promise<Question[]> {
  const notices = await store
    .selectFrom('notices')
    .selectAll()
    .where('state', '=', 'open')
    .where('due_at', 'is not', null)
    .execute();
  const recipients = await store
    .selectFrom('notice_recipients')
    .selectAll()
    .where('acts', '=', 1)
    .where('notice_id', 'in', (build) =>
      build.selectFrom('notices').select('id').where('state', '=', 'open').where('due_at', 'is not', null),
    )
    .execute();
  const byId = new Map(notices.map((notice) => [notice.id, notice]));
  return recipients.flatMap((asked) => {
    const notice = byId.get(asked.notice_id);
    return notice ? [{ notice, asked }] : [];
  });
}

function facts(notice: NoticesTable, asked: NoticeRecipientsTable, { rules }: Surroundings) {
  const { read_at, acknowledged_at, reminded_at, escalated_at, overdue_at, added_at } = asked;
  return {
    toldAt: Math.max(notice.told_at, sendTime(notice.severity as Severity, rules, added_at)),
    dueAt: notice.due_at ?? Number.POSITIVE_INFINITY,
    readAt: read_at,
    acknowledgedAt: acknowledged_at,
    remindedAt: reminded_at,
    escalatedAt: escalated_at,
    overdueAt: overdue_at,
  };
}

interface StepParts extends Question {
  around: Surroundings;
  look: Looking;
}

async function takeStep(tx: StoreTransaction, step: Step, parts: StepParts): Promise<void> {
  switch (step) {
    case 'remind':
      return (await handOver(tx, parts)) ? undefined : remind(tx, 'reminder', parts);
    case 'overdue':
      return (await handOver(tx, parts)) ? undefined : remind(tx, 'overdue', parts);
    case 'escalate':
      return escalate(tx, parts);
  }
}

/** Somebody who went away after the notice went out: their deputy gets it, and time runs anew. */
async function handOver(tx: StoreTransaction, { notice, asked, around, look }: StepParts): Promise<boolean> {
  const day = londonDay(around.now);
  const person = around.directory.people.get(asked.person_id ?? '');
  if (!person || isThere(person, day)) return false;
  const { routed, personId } = routeOf(around.concerned, around.directory, day);
  if (personId === null || personId === asked.person_id) return false;
  await markStep(tx, asked.id, { acts: 0, reminded_at: around.now });
  await saveRoute(tx, notice.id, routed);
  await noteStep(tx, { noticeId: notice.id, at: around.now, action: 'handed-over', note: 'Who was asked is away' });
  const recipient = { ...personal('supervisor', personId, around), acts: true, template: 'action' as const };
  await tell(tx, notice, recipient, look.telling(sendTime(notice.severity as Severity, around.rules, around.now)));
  return true;
}

async function remind(tx: StoreTransaction, template: 'reminder' | 'overdue', parts: StepParts): Promise<void> {
  const { notice, asked, around, look } = parts;
  const { now, rules } = around;
  await markStep(tx, asked.id, template === 'reminder' ? { reminded_at: now } : { overdue_at: now });
  await noteStep(tx, { noticeId: notice.id, at: now, action: template === 'reminder' ? 'reminded' : 'overdue' });
  const addresses = addressesOf(asked, around);
  await mailTo(
    tx,
    notice,
    { id: asked.id, addresses, template },
    look.telling(sendTime(notice.severity as Severity, rules, now)),
  );
}

function addressesOf({ person_id, part }: NoticeRecipientsTable, around: Surroundings): readonly string[] {
  return person_id === null ? (around.contacts[part] ?? []) : personal(part, person_id, around).addresses;
}

async function escalate(tx: StoreTransaction, parts: StepParts): Promise<void> {
  const { notice, asked, around, look } = parts;
  const { now, rules } = around;
  const above = thoseAbove(asked, around);
  if (above.length === 0) {
    await markStep(tx, asked.id, { escalated_at: now });
    return remind(tx, 'reminder', parts);
  }
  await markStep(tx, asked.id, { escalated_at: now });
  await noteStep(tx, { noticeId: notice.id, at: now, action: 'escalated', note: 'Nobody confirmed having read it' });
  const telling = look.telling(sendTime(notice.severity as Severity, rules, now));
  for (const recipient of above) await tell(tx, notice, { ...recipient, acts: false, template: 'escalation' }, telling);
}

/** The supervisor's manager and the parts that the profile names; never whoever was asked, nor the person concerned. */
function thoseAbove(asked: NoticeRecipientsTable, around: Surroundings): PlannedRecipient[] {
  const { directory, now, concerned, rules } = around;
  const reach = { day: londonDay(now), except: concerned?.id ?? null };
  const manager = asked.person_id === null ? undefined : managerOf(asked.person_id, directory, reach);
  const all = [
    ...(manager === undefined ? [] : [personal('manager', manager, around)]),
    ...rules.escalateTo.flatMap((word) => holdersOf(word, around)),
  ];
  return all.filter(({ part, personId }, index) => {
    const isAsked = personId === null ? part === asked.part : personId === asked.person_id;
    const isTwice = personId !== null && all.findIndex((other) => other.personId === personId) < index;
    return !isAsked && !isTwice;
  });
}
