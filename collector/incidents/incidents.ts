import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { londonDay } from '../calendar/working-days.ts';
import { encryptionWords } from '../console/facts/device.ts';
import { currentPolicy } from '../policies/policies.ts';
import { personByOsName } from '../register/people.ts';
import { placeHold } from '../retention/holds.ts';
import type { IncidentsTable } from '../store/incident-tables.ts';
import type { AlertsTable, Store, StoreTransaction } from '../store/tables.ts';
import { frozenIn, lastKnownState } from './freeze.ts';
import { addIncident, incidentNumber, linkAlert } from './incident-row.ts';
import { isOpenToChange } from './life-cycle.ts';
import { emptySection, longestField, type SectionValues, type Values } from './sections.ts';
import { addSection } from './sections-kept.ts';
import { addToTimeline, written } from './timeline.ts';

export interface Opening {
  source: 'alert' | 'notice' | 'lost' | 'self-report';
  alertIds: readonly string[];
  computerId?: string;
  /** Account id; null: the collector. */
  openedBy: string | null;
  /** What whoever opens it says of it. */
  note: string;
  now: number;
}
/** What opening one from within this folder may say besides. */
export interface OpeningDetails {
  title?: string;
  type?: SectionValues<'what'>['type'];
  /** Line of the register of media (register/media-register.ts). */
  mediumLine?: string;
}

export interface Opened {
  id: string;
  number: string;
}

/**
 * Opens a draft, with what is known of the computer at that moment. Alerts that belong to an incident already, or whose
 * rule, person and thing are those of one that is still written, are added to that one instead, so that the same call
 * made twice opens one.
 * @returns the incident they are in now
 */
export async function openIncident(
  tx: StoreTransaction,
  opening: Opening,
  details: OpeningDetails = {},
): Promise<Opened> {
  const alerts = await alertsNamed(tx, opening.alertIds);
  const standing = await standingIncident(tx, alerts);
  if (standing) {
    await addAlerts(tx, standing, alerts, opening);
    return { id: standing.id, number: incidentNumber(standing) };
  }
  const row = await newRow(tx, alerts, opening, details);
  await addIncident(tx, row);
  await addFirstWords(tx, row, alerts, opening);
  await written(tx, row.id, 'incident.opened', {
    ...{ at: opening.now, accountId: opening.openedBy, action: 'opened' },
    ...(opening.note !== '' && { note: opening.note }),
  });
  await linkAlerts(tx, row, alerts, opening.now);
  return { id: row.id, number: incidentNumber(row) };
}

type Named = AlertsTable & { computer_id: string; computer_state: string };

async function alertsNamed(tx: StoreTransaction, ids: readonly string[]): Promise<Named[]> {
  if (ids.length === 0) return [];
  return tx
    .selectFrom('alerts')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .selectAll('alerts')
    .select(['computers.id as computer_id', 'computers.state as computer_state'])
    .where('alerts.id', 'in', [...ids])
    .orderBy('alerts.opened_at')
    .execute();
}

/** The incident that one of the alerts is in, or that is about the same. */
async function standingIncident(tx: StoreTransaction, alerts: readonly Named[]): Promise<IncidentsTable | undefined> {
  if (alerts.length === 0) return undefined;
  const linked = tx
    .selectFrom('incident_alerts')
    .select('incident_id')
    .where(
      'alert_id',
      'in',
      alerts.map(({ id }) => id),
    );
  const own = await tx.selectFrom('incidents').selectAll().where('id', 'in', linked).orderBy('opened_at').execute();
  const [first] = own;
  if (first) return first;
  return tx
    .selectFrom('incidents')
    .selectAll()
    .where((build) =>
      build.or(
        alerts.map(({ same_key, person, computer_id }) => {
          const same = build('same_key', '=', same_key);
          // Where nobody is named, only the computer tells what is about the same.
          return person === null ? build.and([same, build('computer_id', '=', computer_id)]) : same;
        }),
      ),
    )
    .where('state', 'in', ['draft', 'confirmed', 'investigating'])
    .orderBy('opened_at')
    .limit(1)
    .executeTakeFirst();
}

async function addAlerts(
  tx: StoreTransaction,
  incident: IncidentsTable,
  alerts: readonly Named[],
  { openedBy, note, now }: Opening,
): Promise<void> {
  const added = await linkAlerts(tx, incident, alerts, now);
  if (added === 0) return;
  const count = added === 1 ? 'One more alert' : `${added} more alerts`;
  const says = [count, note].filter(Boolean).join(': ');
  await addToTimeline(tx, incident.id, { at: now, accountId: openedBy, action: 'alerts-added', note: says });
}

/** @returns how many were in no incident before */
async function linkAlerts(
  tx: StoreTransaction,
  { id, state }: Pick<IncidentsTable, 'id' | 'state'>,
  alerts: readonly Pick<Named, 'id'>[],
  now: number,
): Promise<number> {
  let added = 0;
  for (const alert of alerts) {
    if (!(await linkAlert(tx, id, alert.id, now))) continue;
    added += 1;
    if (state !== 'draft' && isOpenToChange(state)) await holdAlert(tx, alert.id, { by: 'the collector', now });
  }
  return added;
}

/** What an incident rests on is kept until a person releases it (console page Retention). */
export async function holdAlerts(tx: StoreTransaction, incidentId: string, by: { by: string; now: number }) {
  const rows = await tx
    .selectFrom('incident_alerts')
    .select('alert_id')
    .where('incident_id', '=', incidentId)
    .execute();
  for (const { alert_id } of rows) await holdAlert(tx, alert_id, by);
}

async function holdAlert(tx: StoreTransaction, alertId: string, { by, now }: { by: string; now: number }) {
  const held = await tx
    .selectFrom('legal_holds')
    .select('id')
    .where('kind', '=', 'alert')
    .where('object', '=', alertId)
    .where('released_at', 'is', null)
    .executeTakeFirst();
  if (!held) await placeHold(tx, { kind: 'alert', object: alertId }, { by, now, reason: 'Evidence of an incident' });
}

async function newRow(
  tx: StoreTransaction,
  alerts: readonly Named[],
  { source, computerId, openedBy, now }: Opening,
  { title, type, mediumLine }: OpeningDetails,
): Promise<IncidentsTable> {
  const [first] = alerts;
  const published = await currentPolicy(tx);
  const person = alerts.find((alert) => alert.person !== null)?.person ?? null;
  const known = person === null ? undefined : await personByOsName(tx, person);
  const computer = computerId ?? alerts.find((alert) => alert.computer_state !== 'collector')?.computer_id;
  const frozen = await lastKnownState(tx, { computerId: computer, mediumLine }, now);
  return {
    id: uuidv7(now),
    ...(await nextNumber(tx, now)),
    organisation: published?.signed.organisation ?? '',
    profile: published?.policy.profile ?? '',
    policy_version: published?.version ?? 0,
    state: 'draft',
    revision: 1,
    source,
    title: title ?? first?.title ?? 'Reported by a member of staff',
    type: type ?? typeOf(first),
    same_key: first?.same_key ?? null,
    rule_id: first?.rule_id ?? null,
    device_key: first?.device_key ?? null,
    computer_id: computer ?? null,
    person,
    person_id: known?.id ?? null,
    team_id: known?.teamId ?? (await teamOfComputer(tx, frozen.computer?.owner ?? '')),
    opened_at: now,
    opened_by: openedBy,
    confirmed_at: null,
    // Whoever reports something knows of it; what an alert means, a person has yet to say.
    aware_at: source === 'alert' ? null : now,
    risk: null,
    due_at: null,
    investigator_id: null,
    submitted_at: null,
    submitted_by: null,
    approved_at: null,
    closed_at: null,
    frozen: JSON.stringify(frozen),
  };
}

async function nextNumber(tx: StoreTransaction, now: number): Promise<Pick<IncidentsTable, 'year' | 'serial'>> {
  const year = Number(londonDay(now).slice(0, 4));
  const { last } = await tx
    .selectFrom('incidents')
    .select((build) => build.fn.max('serial').as('last'))
    .where('year', '=', year)
    .executeTakeFirstOrThrow();
  return { year, serial: (last ?? 0) + 1 };
}

/** The owner of a computer may be a team of the register of people. */
async function teamOfComputer(tx: StoreTransaction, owner: string): Promise<string | null> {
  if (owner === '') return null;
  const team = await tx.selectFrom('teams').select('id').where('name', '=', owner).executeTakeFirst();
  return team?.id ?? null;
}

/** By the kind of event that raised an alert; a person may say otherwise. Pure. */
function typeOf(alert: Pick<AlertsTable, 'kind' | 'rule_id'> | undefined): string | null {
  if (!alert) return null;
  if (/^(media\.file|identifiers\.bulk)/.test(alert.kind)) return 'identifiable-media';
  if (alert.kind.startsWith('media.scanned')) return 'malware';
  if (/^(media|drive)\./.test(alert.kind)) return 'unencrypted-media';
  if (alert.kind.startsWith('document')) return 'local-data';
  if (alert.kind.startsWith('software.')) return 'unapproved-software';
  if (/^(agent\.tampered|collector)/.test(alert.kind)) return 'tamper';
  return null;
}

async function addFirstWords(
  tx: StoreTransaction,
  incident: IncidentsTable,
  alerts: readonly Named[],
  { openedBy, note, now }: Opening,
): Promise<void> {
  const { hostname, drives = [] } = frozenIn(incident)?.computer ?? {};
  const by = { accountId: openedBy, now };
  const first: Record<'what' | 'times' | 'assets', Values> = {
    what: {
      ...emptySection('what'),
      title: cleanText(incident.title),
      type: (incident.type ?? '') as SectionValues<'what'>['type'],
      narrative: note.slice(0, longestField),
    },
    times: {
      ...emptySection('times'),
      occurredFrom: alerts[0] ? Math.min(...alerts.map(({ first_at }) => first_at), now) : null,
      occurredTo: alerts[0] ? Math.min(Math.max(...alerts.map(({ last_at }) => last_at)), now) : null,
      detected: alerts[0]?.opened_at ?? now,
      aware: incident.aware_at,
    },
    assets: {
      ...emptySection('assets'),
      computers: hostname ?? '',
      media: [...new Set(alerts.flatMap(({ device }) => device ?? []))].join('\n'),
      encryption: drives
        .slice(0, 40)
        .map(({ name, encryption, method }) => `${name}: ${encryptionWords(encryption, method ?? undefined)}`)
        .join('\n'),
    },
  };
  for (const section of ['what', 'times', 'assets'] as const) {
    await addSection(tx, { incidentId: incident.id, section, values: first[section], revision: 1 }, by);
  }
}

/** The incident an alert is in. */
export async function incidentOfAlert(store: Store, alertId: string): Promise<Opened | undefined> {
  const row = await store
    .selectFrom('incident_alerts')
    .innerJoin('incidents', 'incidents.id', 'incident_alerts.incident_id')
    .select(['incidents.id', 'year', 'serial'])
    .where('alert_id', '=', alertId)
    .executeTakeFirst();
  return row && { id: row.id, number: incidentNumber(row) };
}
