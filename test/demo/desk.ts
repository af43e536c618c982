import { type AccountContext, addAccount, changeAccount } from '../../collector/accounts/accounts.ts';
import { createAccount } from '../../collector/accounts/passwords.ts';
import { setAlertState } from '../../collector/alerting/alerts.ts';
import { createToken } from '../../collector/gateway/tokens.ts';
import { noDetails, saveDetails } from '../../collector/register/asset-details.ts';
import { changeMedium, issueMedium } from '../../collector/register/media.ts';
import { importNetworkList } from '../../collector/register/network-list.ts';
import { importPeople } from '../../collector/register/people-import.ts';
import { titleId } from '../../collector/register/software-seen.ts';
import { saveStanding, type TitleStanding } from '../../collector/register/software-standing.ts';
import type { Store } from '../../collector/store/tables.ts';
import { noteUpkeep } from '../../collector/store/upkeep.ts';
import type { Random } from '../fakes/random.ts';
import type { Estate } from './estates.ts';
import { boxedSerials, issuedSticks } from './media.ts';
import { accounts, people, peopleFile } from './people.ts';

/** What people did at the console in the meantime; all of it through the modules that the pages ask, too. */
const hour = 3_600_000;
const day = 24 * hour;

export interface Desk {
  estate: Estate;
  store: Store;
  /** Account ids by user name. */
  ids: ReadonlyMap<string, string>;
}

export async function openDesk(estate: Estate, context: AccountContext, password: string): Promise<Desk> {
  const { store, clock } = context;
  const ids = new Map<string, string>();
  for (const account of accounts) {
    ids.set(account.username, await createAccount(context, { ...account, password, mustChangePassword: false }));
  }
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  const file = { organisation: estate.organisation, text: peopleFile(), complete: false, today };
  await importPeople(store, file, { accountId: ids.get('administrator') ?? null, now: clock.now() });
  await nameSupervisors(context, ids);
  return { estate, store, ids };
}

/** Each supervisor has an account that says who they are. All but the first sign in nowhere: a password takes its time. */
async function nameSupervisors({ store, clock }: AccountContext, ids: ReadonlyMap<string, string>): Promise<void> {
  const by = ids.get('administrator') ?? null;
  const bounds = { organisation: null, teamId: null, validFrom: null, validTo: null };
  for (const { reference, name, user } of people.filter(({ part }) => part === 'supervisor')) {
    const isFirst = reference === people[0]?.reference;
    const account = { username: user, displayName: name, role: 'supervisor' as const };
    const accountId = isFirst
      ? (ids.get('supervisor') ?? '')
      : await addAccount({ store, clock }, { ...account, passwordHash: '', mustChangePassword: false });
    const person = await store
      .selectFrom('people')
      .select('id')
      .where('reference', '=', reference)
      .executeTakeFirstOrThrow();
    await changeAccount({ store, clock }, { accountId, by }, { ...account, ...bounds, personId: person.id });
  }
}

export async function issueSticks({ store, ids }: Desk, now: number): Promise<void> {
  const doing = { by: 'Robin Teller', accountId: ids.get('analyst') ?? null, now };
  const common = { vendorId: '0951', productId: '1666', approver: 'Harper Lindqvist', encryptedBy: 'us' } as const;
  await store.transaction().execute(async (tx) => {
    for (const { device, label, holder } of issuedSticks) {
      await issueMedium(tx, { ...common, serial: device.serial ?? '', label, holder }, doing);
    }
    for (const [index, serial] of boxedSerials.entries()) {
      await issueMedium(tx, { ...common, serial, label: `FOC-USB-${40 + index}`, holder: 'ICT store' }, doing);
    }
    const change = (index: number, to: 'lost' | 'returned' | 'retired', note: string) =>
      changeMedium(tx, issuedSticks[index]?.device.serial ?? '', to, { ...doing, now: now + index * hour, note });
    await change(13, 'lost', 'Left on a train; reported by its holder the same evening.');
    await change(14, 'returned', 'Handed back at the end of the review.');
    await change(15, 'retired', 'Broken; shredded by the disposal contractor, certificate 4471.');
  });
}

/** How the analysts dealt with the alerts of a day: most are closed, some wait. @param isRecent in the last ten days */
export async function handleAlerts(
  { store, ids }: Desk,
  now: number,
  random: Random,
  isRecent: boolean,
): Promise<void> {
  const open = await store
    .selectFrom('alerts')
    .where('state', '!=', 'closed')
    .where('opened_at', '<', now - day)
    .select(['id', 'state'])
    .orderBy('opened_at')
    .execute();
  // Somebody is always at one of them, however few there are.
  const inHand = open.find(({ state }) => state === 'open')?.id;
  const analyst = () => ids.get(random.oneOf(['analyst', 'analyst', 'analyst2'] as const)) ?? '';
  await store.transaction().execute(async (tx) => {
    for (const { id, state } of open) {
      // What is fresh still waits in part; what is older has been seen to.
      const drawn = random.below(isRecent ? 220 : 100);
      const step = { alertId: id, accountId: analyst(), at: now - random.below(6 * 3_600_000) };
      const isInHand = id === inHand;
      if (state === 'open' && (isInHand || drawn < 40))
        await setAlertState(tx, { ...step, action: 'acknowledged', note: null });
      if (!isInHand && drawn < 30) {
        const [outcome, note] = random.oneOf(endings);
        await setAlertState(tx, { ...step, at: step.at + 60_000, action: 'closed', outcome, note });
      }
    }
  });
}

type Ending = readonly [outcome: string, note: string];
const endings: readonly [Ending, ...Ending[]] = [
  ['put-right', 'Rang the person; the file was moved to the server while we spoke.'],
  ['put-right', 'The stick was handed in and wiped. Its holder got an encrypted one.'],
  ['expected', 'Agreed with the supervisor for the open day.'],
  ['mistake', 'A dock was taken for a disk. No data on it.'],
  ['needs-incident', 'Sent on as an incident: records may have left the building.'],
];

/** The registers as somebody who looks after them would have them today. */
export async function keepRegisters({ estate, store, ids }: Desk, now: number): Promise<void> {
  const changed = { accountId: ids.get('analyst') ?? null, now };
  const rows = await store
    .selectFrom('computers')
    .select(['no', 'id', 'hostname'])
    .where('state', '=', 'active')
    .execute();
  const at = new Map(
    estate.computers.map((computer) => [computer.inventory.hostname, { computer, index: computer.index }]),
  );
  await store.transaction().execute(async (tx) => {
    for (const row of rows) {
      const found = at.get(row.hostname);
      const person = found && people[found.index];
      if (!found || !person || found.index % 7 === 6) continue;
      const assetTag = `F${2000 + found.index}`;
      const location =
        person.team === 'Reception' ? 'Harbour House, reception' : `Harbour House, floor ${1 + (found.index % 3)}`;
      const details = { ...noDetails, assetTag, owner: person.name, iao: 'Imogen Tarrant', location };
      await saveDetails(tx, row, { ...details, ...unusual(found.index) }, changed);
    }
  });
  await decideTitles({ estate, store, ids }, now);
  await importNetworkList(store, networkList(estate), 'Directory', changed);
  await store
    .updateTable('network_names')
    .set({ status: 'approved', note: 'Door system, no agent possible' })
    .where('short_name', 'like', 'door-%')
    .execute();
  await store
    .updateTable('network_names')
    .set({ status: 'expected', note: 'To be installed this month' })
    .where('short_name', 'like', 'foc-lt-06%')
    .execute();
  const madeBy = ids.get('administrator') ?? null;
  await createToken(store, now - 80 * day, { note: 'First rollout', uses: 60, days: 14, madeBy });
  await createToken(store, now - day, { note: 'New laptops, second floor', uses: 10, days: 7, madeBy });
  await noteUpkeep(store, {
    what: 'verify',
    at: now - 3 * day,
    well: 1,
    detail: `Every event of ${estate.computers.length} computers is there and as it was sent.`,
  });
}

function unusual(index: number) {
  if (index === 41)
    return {
      disposal: 'lost' as const,
      notes: 'Reported stolen from a car on the way home. The police have a number.',
    };
  if (index === 33)
    return { disposal: 'for-disposal' as const, disposalNote: 'Drive to be shredded; the contractor comes on Friday.' };
  if (index === 20) return { disposal: 'in-store' as const };
  return {};
}

async function decideTitles({ store, ids }: Desk, now: number): Promise<void> {
  const changed = { accountId: ids.get('head') ?? null, now };
  const none: TitleStanding = {
    standing: '',
    toleratedUntil: '',
    unsupportedSince: '',
    licence: '',
    seats: null,
    licenceEnds: '',
    note: '',
  };
  const until = new Date(now + 40 * day).toISOString().slice(0, 10);
  const over = new Date(now - 12 * day).toISOString().slice(0, 10);
  const decided: Record<string, Partial<TitleStanding>> = {
    projectplan: {
      standing: 'approved',
      licence: 'PP-2025-117',
      seats: 12,
      licenceEnds: until,
      note: 'Review teams only',
    },
    'systmone-gateway': { standing: 'approved', licence: 'Regional agreement', seats: 100 },
    'controcc-client': { standing: 'approved', licence: 'Council contract 88', seats: 65 },
    zoom: { standing: 'tolerated', toleratedUntil: until, note: 'Until the new meeting service is there' },
    dropbox: { standing: 'tolerated', toleratedUntil: over, note: 'Until the shared folders were there' },
    'spotify-client': { standing: 'disallowed', note: 'Not for work' },
    anydesk: { standing: 'disallowed', note: 'Remote control by outsiders' },
    gimp: { unsupportedSince: '2026-06-30', note: 'Version of the old build' },
  };
  await store.transaction().execute(async (tx) => {
    for (const [name, standing] of Object.entries(decided)) {
      const id = titleId({ source: 'dpkg', name });
      const isKnown = await tx.selectFrom('software_titles').select('id').where('id', '=', id).executeTakeFirst();
      if (isKnown) await saveStanding(tx, id, { ...none, ...standing }, changed);
    }
  });
}

function networkList({ computers }: Estate): string {
  const line = (name: string, index: number) => {
    const byte = (index + 16).toString(16).padStart(2, '0');
    return `${name},00:00:5e:00:53:${byte},192.0.2.${10 + index}`;
  };
  const others = ['FOC-LT-061', 'FOC-LT-062', 'DOOR-MAIN', 'DOOR-CARPARK', 'PRINT-2F', 'DESKTOP-7QK2V9A', 'ANDROID-31'];
  const names = [...computers.map(({ inventory }) => inventory.hostname), ...others];
  return ['name,mac,address', ...names.map(line)].join('\n');
}
