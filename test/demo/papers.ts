import type { Clock } from '#shared/clock.ts';
import { decideReview } from '../../collector/accounts/reviews.ts';
import { saveFilter } from '../../collector/alerting/saved-filters.ts';
import { disclosureApprovers } from '../../collector/exports/disclosure-approvers.ts';
import { decideDisclosure, prepareDisclosure } from '../../collector/exports/disclosures.ts';
import { beginDraft, saveDraft } from '../../collector/policies/drafts.ts';
import { currentPolicy } from '../../collector/policies/policies.ts';
import { addAbsence } from '../../collector/register/absences.ts';
import { issueReport } from '../../collector/reports/issued.ts';
import { makeFiles } from '../../collector/reports/reports.ts';
import { placeHold } from '../../collector/retention/holds.ts';
import { recordStep } from '../../collector/transparency/go-live.ts';
import type { Desk } from './desk.ts';
import { accounts, people } from './people.ts';

const day = 24 * 3_600_000;
const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);

/** Before the first computer: staff were told, and the references of it are kept. */
export async function goLive({ store, ids }: Desk, now: number): Promise<void> {
  const by = ids.get('administrator') ?? '';
  const decidedOn = dateOf(now - 20 * day);
  const steps = [
    ['staff-notice', 'HR/2026/117', 'Management team'],
    ['dpia', 'DPIA-2026-09', 'IG Steering Group'],
    ['consultation', 'Minutes of the staff forum, item 4', 'Staff forum'],
  ] as const;
  await store.transaction().execute(async (tx) => {
    for (const [step, reference, decidedBy] of steps) {
      await recordStep(tx, { step, reference, decidedOn, decidedBy, by, now });
    }
  });
}

/** The quarterly review of accounts: two are left for another day, and one has left. */
export async function reviewAccounts({ store, ids }: Desk, clock: Clock): Promise<void> {
  const reviewerId = ids.get('head') ?? '';
  const left = ['head', 'siro', 'analyst2'];
  for (const { username, role } of accounts.filter((one) => !left.includes(one.username))) {
    const note = role === 'auditor' ? 'Until the audit of this year is over' : '';
    const decision = { accountId: ids.get(username) ?? '', reviewerId, decision: 'keep' as const, note };
    await decideReview({ store, clock }, decision);
  }
}

/** What lies on the desks today. */
export async function keepPapers(desk: Desk, now: number): Promise<void> {
  const { store, ids } = desk;
  const analyst = ids.get('analyst') ?? '';
  await saveFilter(store, {
    accountId: analyst,
    name: 'High and critical',
    query: 'severity=high&severity=critical',
    now,
  });
  const deputy = await store
    .selectFrom('people')
    .select('id')
    .where('reference', '=', people[7]?.reference ?? '')
    .executeTakeFirstOrThrow();
  const away = { personId: deputy.id, from: dateOf(now + 3 * day), to: dateOf(now + 10 * day) };
  await addAbsence(store, away, { accountId: ids.get('supervisor') ?? null, now });
  await holdOne(desk, now);
  await draftPolicy(desk, now);
  await askDisclosures(desk, now);
  const report = { name: 'encryption', organisation: desk.estate.organisation, period: null, now };
  await issueReport(store, await makeFiles(store, report), { now, accountId: ids.get('head') ?? null, by: 'console' });
}

async function holdOne({ estate, store, ids }: Desk, now: number): Promise<void> {
  const hostname = estate.computers[3]?.inventory.hostname ?? '';
  const { id } = await store
    .selectFrom('computers')
    .select('id')
    .where('hostname', '=', hostname)
    .executeTakeFirstOrThrow();
  const reason = 'Employment tribunal, case 14/2026';
  const hold = { by: ids.get('iglead') ?? '', reason, now: now - 12 * day };
  await store.transaction().execute((tx) => placeHold(tx, { kind: 'computer', object: id }, hold));
}

async function draftPolicy({ store, ids }: Desk, now: number): Promise<void> {
  const policy = await currentPolicy(store);
  if (!policy) return;
  const editing = { accountId: ids.get('administrator') ?? '', now: now - 2 * day };
  const { text, version } = policy.signed;
  const id = await beginDraft(store, { name: 'Block writing to phones', text, baseVersion: version }, editing);
  const heading = '# Agreed in the IG Steering Group: phones may charge, and nothing else.\n';
  await saveDraft(store, { id, text: heading + text, seen: 1 }, { ...editing, now: now - day });
}

async function askDisclosures({ estate, store, ids }: Desk, now: number): Promise<void> {
  const { id } = await store
    .selectFrom('computers')
    .select('id')
    .where('hostname', '=', estate.computers[3]?.inventory.hostname ?? '')
    .executeTakeFirstOrThrow();
  const asked = {
    people: [],
    computers: [id],
    from: now - 40 * day,
    to: now - 10 * day,
    requester: 'Example Police, DC 999',
    reference: 'EP/2026/41',
    legalBasis: 'Order of the Crown Court of 20 November 2026',
    purpose: 'An inquiry into a lost computer',
  };
  const by = { accountId: ids.get('administrator') ?? '', now: now - 3 * day };
  const approved = await prepareDisclosure(store, asked, by);
  const second = {
    requester: 'Solicitors of a former member of staff',
    reference: 'TR/77',
    purpose: 'A claim at work',
  };
  await prepareDisclosure(store, { ...asked, ...second, legalBasis: 'Pre-action protocol' }, by);
  const approvers = disclosureApprovers[estate.profile];
  const decider = accounts.find(({ role }) => approvers.roles.includes(role));
  if (!decider) throw new TypeError('nobody of the demonstration decides about disclosures');
  const decision = { id: approved, approved: true, reason: 'The order was seen, and its scope is kept to.' };
  const accountId = ids.get(decider.username) ?? '';
  await decideDisclosure(store, decision, { accountId, role: decider.role, approvers, now: now - 2 * day });
}
