import type { IncidentsTable } from '../store/incident-tables.ts';
import type { Store } from '../store/tables.ts';
import { incidentNumber } from './incident-row.ts';

/** An incident before this one that has something in common with it. */
export interface SimilarIncident {
  id: string;
  number: string;
  title: string;
  openedAt: number;
  state: IncidentsTable['state'];
  /** What they have in common, the weightiest first. */
  common: string[];
}

export interface Earlier {
  incidents: SimilarIncident[];
  /** Alerts in the two years before, outside this incident: of the same rule and thing, and of the same rule anywhere. */
  alerts: { same: number; rule: number };
}

const twoYears = 730 * 24 * 60 * 60 * 1000;
const mostShown = 20;

/** What happened before that is like it. Only what came earlier, so that a report says the same whenever it is read. */
export async function earlierLike(store: Store, incident: IncidentsTable): Promise<Earlier> {
  const since = incident.opened_at - twoYears;
  const rows = await store
    .selectFrom('incidents')
    .selectAll()
    .where('id', '!=', incident.id)
    .where('opened_at', '<=', incident.opened_at)
    .where('opened_at', '>=', since)
    .where('state', '!=', 'no-incident')
    .where((build) =>
      build.or([
        build('type', '=', incident.type),
        build('rule_id', '=', incident.rule_id),
        build('device_key', '=', incident.device_key),
        build('computer_id', '=', incident.computer_id),
        build('person_id', '=', incident.person_id),
      ]),
    )
    .orderBy('opened_at', 'desc')
    .limit(200)
    .execute();
  const incidents = rows
    .filter((row) => row.opened_at < incident.opened_at || row.id < incident.id)
    .map((row) => ({ row, common: inCommon(row, incident) }))
    .sort((one, other) => other.common.length - one.common.length)
    .slice(0, mostShown)
    .map(({ row, common }) => ({
      ...{
        id: row.id,
        number: incidentNumber(row),
        title: row.title,
        openedAt: row.opened_at,
        state: row.state,
        common,
      },
    }));
  return { incidents, alerts: await earlierAlerts(store, incident, since) };
}

type Compared = Pick<IncidentsTable, 'type' | 'rule_id' | 'device_key' | 'computer_id' | 'person_id'>;

/** In words. What neither knows is not in common. Pure. */
export function inCommon(one: Compared, other: Compared): string[] {
  const words = {
    person_id: 'the same person',
    device_key: 'the same device',
    computer_id: 'the same computer',
    rule_id: 'the same rule',
    type: 'the same type',
  } as const;
  const names = Object.keys(words) as (keyof typeof words)[];
  return names.filter((name) => one[name] !== null && one[name] === other[name]).map((name) => words[name]);
}

async function earlierAlerts(
  store: Store,
  { id, same_key, rule_id, opened_at }: IncidentsTable,
  since: number,
): Promise<Earlier['alerts']> {
  const count = async (column: 'same_key' | 'rule_id', value: string | null) => {
    if (value === null) return 0;
    const own = store.selectFrom('incident_alerts').select('alert_id').where('incident_id', '=', id);
    const { total } = await store
      .selectFrom('alerts')
      .select((build) => build.fn.countAll<number>().as('total'))
      .where(column, '=', value)
      .where('opened_at', '>=', since)
      .where('opened_at', '<', opened_at)
      .where('id', 'not in', own)
      .executeTakeFirstOrThrow();
    return total;
  };
  return { same: await count('same_key', same_key), rule: await count('rule_id', rule_id) };
}
