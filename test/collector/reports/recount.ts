import type { DeviceFacts } from '#shared/device/facts.ts';
import type { Coverage } from '#shared/events/agent.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { alertRules } from '../../../collector/alerting/rules.ts';
import { titleId } from '../../../collector/register/software-seen.ts';
import type { Store } from '../../../collector/store/tables.ts';

/*
 * Counts again what reports say, from the lines that computers signed, and for what people did from the entries
 * themselves. Knows nothing of the registers, the counts by day or the frozen months.
 */
const day = 86_400_000;
const storage = new Set(['usb-storage', 'external-disk', 'memory-card', 'optical', 'floppy']);
const pocket = new Set(['phone', 'camera', 'audio']);

interface Line {
  computer: number;
  receivedAt: number;
  event: PortcullisEvent;
}

interface SeenComputer {
  no: number;
  hostname: string;
  portable: boolean | undefined;
  coverage: Coverage[];
  drives: Map<string, string>;
  posture: Map<string, string>;
  software: Map<string, { source: string; name: string }>;
  unapproved: Set<string>;
}

interface SeenDevice {
  device: DeviceFacts;
  encryption: string | undefined;
}

export type Recount = Awaited<ReturnType<typeof recount>>;

export async function recount(store: Store, { from, to }: { from: string; to: string }, now: number) {
  const lines = await allLines(store);
  const computers = await seenComputers(store, lines);
  const devices = seenDevices(lines);
  const start = Date.parse(`${from}T00:00:00Z`);
  const end = Date.parse(`${to}T00:00:00Z`) + day;
  const figures = new Map<string, number>();
  const put = (id: string, count: number) => void figures.set(id, count);
  const active = [...computers.values()];
  await connections(store, now, put);
  aboutComputers(active, put);
  const kinds = countKinds(lines, start, end, put);
  const alerts = await simulateAlerts(store, lines, start, end, put);
  const titles = await aboutSoftware(store, active, now, put);
  await aboutMedia(store, devices, start, end, put);
  await aboutPeople(store, start, end, now, put);
  return { figures, computers: active, devices, kinds, alerts, titles };
}

async function allLines(store: Store): Promise<Line[]> {
  const rows = await store
    .selectFrom('events')
    .select(['computer_no', 'received_at', 'line'])
    .orderBy('computer_no')
    .orderBy('seq')
    .execute();
  return rows.map((row) => ({
    computer: row.computer_no,
    receivedAt: row.received_at,
    event: JSON.parse(row.line ?? '') as PortcullisEvent,
  }));
}

async function seenComputers(store: Store, lines: readonly Line[]): Promise<Map<number, SeenComputer>> {
  const rows = await store.selectFrom('computers').selectAll().where('state', '=', 'active').execute();
  const said = await store.selectFrom('asset_details').select(['computer_no', 'portable']).execute();
  const computers = new Map(
    rows.map(({ no, hostname }): [number, SeenComputer] => [
      no,
      {
        no,
        hostname,
        portable: undefined,
        coverage: [],
        drives: new Map(),
        posture: new Map(),
        software: new Map(),
        unapproved: new Set(),
      },
    ]),
  );
  for (const { computer, event } of lines) {
    const one = computers.get(computer);
    if (one) follow(one, event);
  }
  for (const { computer_no: no, portable } of said) {
    const one = computers.get(no);
    if (one && portable !== null) one.portable = portable === 'yes';
  }
  return computers;
}

function follow(one: SeenComputer, event: PortcullisEvent): void {
  const title = (software: { source: string; name: string }) => `${software.source} ${software.name}`;
  if (event.kind === 'inventory.recorded') one.portable = event.data.inventory.portable;
  if (event.kind === 'agent.coverage-changed') one.coverage = event.data.coverage;
  if (event.kind === 'drive.encryption-changed')
    one.drives.set(`${event.data.drive.use} ${event.data.drive.name}`, event.data.drive.encryption);
  if (event.kind === 'drive.removed') one.drives.delete(`${event.data.drive.use} ${event.data.drive.name}`);
  if (event.kind === 'posture.changed') one.posture.set(event.data.posture.item, event.data.posture.state);
  if (event.kind === 'software.listed') {
    const { source, part, software } = event.data;
    if (part === 1) for (const [key, known] of one.software) if (known.source === source) one.software.delete(key);
    for (const each of software) one.software.set(title(each), each);
  }
  if (event.kind === 'software.installed' || event.kind === 'software.updated') {
    one.software.set(title(event.data.software), event.data.software);
    if (event.data.approval === 'unapproved') one.unapproved.add(title(event.data.software));
  }
  if (event.kind === 'software.removed') one.software.delete(title(event.data.software));
}

/** A thing with a serial number of its own is one everywhere; without, one on each computer. */
function seenDevices(lines: readonly Line[]): Map<string, SeenDevice> {
  const devices = new Map<string, SeenDevice>();
  const sorted = lines.toSorted((one, other) => one.event.at.localeCompare(other.event.at));
  for (const { computer, event } of sorted) {
    if (!event.kind.startsWith('media.') || !('device' in event.data) || !event.data.device) continue;
    const { device } = event.data;
    const own = device.serialTrust === 'device' && device.serial !== undefined;
    const key = JSON.stringify([
      device.class,
      device.vendorId,
      device.productId,
      own ? device.serial : [device.port, computer],
    ]);
    const known = devices.get(key);
    devices.set(key, { device, encryption: stateIn(event) ?? known?.encryption });
  }
  return devices;
}

function stateIn(event: PortcullisEvent): string | undefined {
  if (event.kind === 'media.mounted') return event.data.volume.encryption;
  if (event.kind !== 'media.attached' && event.kind !== 'media.changed') return undefined;
  const states = event.data.volumes.map(({ encryption }) => encryption as string);
  return ['plain', 'suspended', 'unknown', 'locked', 'encrypted'].find((state) => states.includes(state));
}

type Put = (id: string, count: number) => void;

async function connections(store: Store, now: number, put: Put): Promise<void> {
  const rows = await store
    .selectFrom('computers')
    .select(['state', 'last_seen_at', 'policy_version'])
    .where('state', '!=', 'collector')
    .execute();
  const newest = Math.max(
    ...(await store.selectFrom('policies').select('version').execute()).map(({ version }) => version),
  );
  const active = rows.filter(({ state }) => state === 'active');
  const silent = active.filter(({ last_seen_at: at }) => at !== null && now - at >= 3 * day).length;
  const never = active.filter(({ last_seen_at: at }) => at === null).length;
  put('computers.active', active.length);
  put('computers.silent', silent);
  put('computers.never', never);
  put('computers.reported', active.length - silent - never);
  put('computers.retired', rows.length - active.length);
  put('computers.policyCurrent', active.filter(({ policy_version: version }) => version === newest).length);
}

function aboutComputers(computers: readonly SeenComputer[], put: Put): void {
  const count = (holds: (one: SeenComputer) => boolean) => computers.filter(holds).length;
  const states = (one: SeenComputer) => [...one.drives.values()];
  const isPlain = (one: SeenComputer) => states(one).some((state) => state === 'plain' || state === 'suspended');
  const isUnknown = (one: SeenComputer) => !isPlain(one) && (one.drives.size === 0 || states(one).includes('unknown'));
  put(
    'computers.portable',
    count(({ portable }) => portable === true),
  );
  put(
    'computers.fixed',
    count(({ portable }) => portable === false),
  );
  put(
    'computers.portableUnknown',
    count(({ portable }) => portable === undefined),
  );
  put(
    'computers.areasFailed',
    count(({ coverage }) => coverage.some(({ state }) => state === 'failed')),
  );
  put('computers.drivesPlain', count(isPlain));
  put('computers.drivesUnknown', count(isUnknown));
  put(
    'computers.drivesEncrypted',
    count((one) => !isPlain(one) && !isUnknown(one)),
  );
  put(
    'computers.portablePlain',
    count((one) => one.portable === true && isPlain(one)),
  );
  const drives = computers.flatMap(states);
  put('drives.all', drives.length);
  for (const state of ['encrypted', 'locked', 'plain', 'suspended', 'unknown'])
    put(`drives.${state}`, drives.filter((one) => one === state).length);
  for (const item of ['antivirus', 'screen-lock', 'os-support', 'firewall']) {
    for (const state of ['good', 'bad'])
      put(
        `${item}.${state}`,
        count(({ posture }) => posture.get(item) === state),
      );
    put(
      `${item}.unknown`,
      count(({ posture }) => posture.get(item) !== 'good' && posture.get(item) !== 'bad'),
    );
  }
}

function countKinds(lines: readonly Line[], start: number, end: number, put: Put): Map<string, number> {
  const kinds = new Map<string, number>();
  let all = 0;
  for (const { event, receivedAt } of lines) {
    const at = Math.min(Date.parse(event.at), receivedAt);
    if (at < start || at >= end) continue;
    all += 1;
    kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1);
  }
  put('events.all', all);
  return kinds;
}

/** Raises alerts anew from the events in the order they came, as if nobody had stored any. */
async function simulateAlerts(store: Store, lines: readonly Line[], start: number, end: number, put: Put) {
  const policy = await store.selectFrom('policies').select('text').orderBy('version', 'desc').executeTakeFirstOrThrow();
  const evaluate = alertRules(loadPolicy(policy.text));
  const opened: { key: string; at: number; severity: string; rule: string }[] = [];
  const standing = new Map<string, number>();
  const inOrder = lines.toSorted(
    (one, other) =>
      one.receivedAt - other.receivedAt || one.computer - other.computer || one.event.seq - other.event.seq,
  );
  for (const { computer, receivedAt, event } of inOrder) {
    for (const { group, severity, ruleId } of evaluate(event)) {
      const key = `${computer}:${group}`;
      const last = standing.get(key);
      if (last !== undefined && last > receivedAt - day) continue;
      standing.set(key, receivedAt);
      opened.push({ key, at: receivedAt, severity, rule: ruleId });
    }
  }
  // What the collector itself noticed, such as silence, stands in no event.
  const own = store.selectFrom('alerts').where('kind', '=', 'collector');
  for (const row of await own.select(['group_key', 'opened_at', 'severity', 'rule_id']).execute())
    opened.push({ key: row.group_key, at: row.opened_at, severity: row.severity, rule: row.rule_id });
  const within = opened.filter(({ at }) => at >= start && at < end);
  put('alerts.opened', within.length);
  for (const severity of ['info', 'low', 'medium', 'high', 'critical'])
    put(`alerts.${severity}`, within.filter((one) => one.severity === severity).length);
  const history = await store.selectFrom('alert_history').select(['alert_id', 'action', 'at']).orderBy('id').execute();
  put('alerts.closed', history.filter(({ action, at }) => action === 'closed' && at >= start && at < end).length);
  const closed = new Set<string>();
  for (const { alert_id: id, action } of history) {
    if (action === 'closed') closed.add(id);
    if (action === 'reopened') closed.delete(id);
  }
  put('alerts.open', opened.length - closed.size);
  const closedKeys = await store.selectFrom('alerts').select(['id', 'group_key', 'opened_at']).execute();
  const isClosed = new Set(
    closedKeys.filter(({ id }) => closed.has(id)).map((row) => `${row.group_key} ${row.opened_at}`),
  );
  const grave = opened.filter(({ severity }) => severity === 'high' || severity === 'critical');
  put('alerts.openGrave', grave.filter(({ key, at }) => !isClosed.has(`${key} ${at}`)).length);
  return within;
}

async function aboutSoftware(store: Store, computers: readonly SeenComputer[], now: number, put: Put) {
  const titles = new Map<string, { source: string; name: string; installs: number; unapproved: boolean }>();
  for (const { software } of computers) {
    for (const [key, { source, name }] of software) {
      const known = titles.get(key) ?? { source, name, installs: 0, unapproved: false };
      titles.set(key, {
        ...known,
        installs: known.installs + 1,
        unapproved: computers.some((one) => one.unapproved.has(key)),
      });
    }
  }
  put('software.titles', titles.size);
  put(
    'software.installs',
    [...titles.values()].reduce((sum, { installs }) => sum + installs, 0),
  );
  const decided = new Map(
    (await store.selectFrom('software_standings').selectAll().execute()).map((row) => [row.title_id, row]),
  );
  const today = new Date(now).toISOString().slice(0, 10);
  const stateOf = ({ source, name, unapproved }: { source: string; name: string; unapproved: boolean }) => {
    const row = decided.get(titleId({ source: source as 'dpkg', name }));
    if (row?.standing === 'disallowed') return 'disallowed';
    if (row?.standing === 'tolerated' && (row.tolerated_until ?? 0) <= now) return 'toleranceOver';
    if (row?.unsupported_since && row.unsupported_since <= today) return 'unsupported';
    if (row?.standing) return row.standing;
    return unapproved ? 'undecided' : 'build';
  };
  const states = [...titles.values()].map(stateOf);
  for (const state of ['approved', 'tolerated', 'toleranceOver', 'disallowed', 'undecided', 'unsupported', 'build'])
    put(`software.${state}`, states.filter((one) => one === state).length);
  const licences = [...titles.values()].map((one) => ({
    ...one,
    row: decided.get(titleId({ source: one.source as 'dpkg', name: one.name })),
  }));
  const held = licences.filter(({ row }) => row && row.seats !== null);
  const over = held.map(({ row, installs }) => Math.max(0, installs - (row?.seats ?? 0)));
  put('licences.held', held.length);
  put('licences.short', over.filter((count) => count > 0).length);
  put(
    'licences.over',
    over.reduce((sum, count) => sum + count, 0),
  );
  put('licences.ended', licences.filter(({ row }) => row?.licence_ends && row.licence_ends < today).length);
  return titles;
}

async function aboutMedia(
  store: Store,
  devices: ReadonlyMap<string, SeenDevice>,
  start: number,
  end: number,
  put: Put,
): Promise<void> {
  const seen = [...devices.values()].filter(({ device }) => storage.has(device.class));
  const encrypted = seen.filter(({ encryption }) => encryption === 'encrypted' || encryption === 'locked').length;
  const plain = seen.filter(({ encryption }) => encryption === 'plain' || encryption === 'suspended').length;
  put('media.seen', seen.length);
  put('media.encrypted', encrypted);
  put('media.plain', plain);
  put('media.unknown', seen.length - encrypted - plain);
  put('media.phones', [...devices.values()].filter(({ device }) => pocket.has(device.class)).length);
  const history = await store
    .selectFrom('media_history')
    .select(['medium_id', 'state', 'at'])
    .orderBy('at')
    .orderBy('id')
    .execute();
  const media = await store.selectFrom('media').select(['id', 'serial', 'vendor_id', 'product_id']).execute();
  const states = new Map(history.map(({ medium_id: id, state }) => [id, state]));
  const of = (serial: string | undefined) => media.find((one) => one.serial === serial);
  put(
    'media.unregistered',
    seen.filter(({ device }) => device.serialTrust !== 'device' || of(device.serial) === undefined).length,
  );
  for (const state of ['issued', 'lost', 'returned', 'retired'])
    put(`media.${state}`, media.filter(({ id }) => states.get(id) === state).length);
  const serials = new Set(seen.map(({ device }) => device.serial));
  put('media.neverSeen', media.filter(({ id, serial }) => states.get(id) === 'issued' && !serials.has(serial)).length);
  put('media.reportedLost', history.filter(({ state, at }) => state === 'lost' && at >= start && at < end).length);
}

async function aboutPeople(store: Store, start: number, end: number, now: number, put: Put): Promise<void> {
  const within = (at: number | null) => at !== null && at >= start && at < end;
  const requests = await store.selectFrom('approval_requests').selectAll().execute();
  const trail = await store.selectFrom('audit').select(['action', 'at']).execute();
  const told = (action: string) => trail.filter((one) => one.action === action && within(one.at)).length;
  put('approvals.requested', told('approval.requested'));
  put('approvals.granted', told('approval.granted'));
  put('approvals.refused', told('approval.refused'));
  put(
    'approvals.waiting',
    requests.filter(({ decided_at: at, withdrawn_at: ended }) => at === null && ended === null).length,
  );
  put(
    'approvals.inForce',
    requests.filter((one) => one.state === 'granted' && one.from_at <= now && now < one.to_at).length,
  );
  put('codes.made', told('code.made'));
  put('histories.opened', told('person.history-opened'));
  put('accounts.reviewed', told('account.reviewed'));
  const reviews = await store.selectFrom('account_reviews').selectAll().execute();
  put('accounts.removed', reviews.filter(({ decision, at }) => decision === 'remove' && within(at)).length);
  const accounts = (await store.selectFrom('accounts').selectAll().execute()).filter((one) => one.disabled_at === null);
  put('accounts.inUse', accounts.length);
  put('accounts.neverUsed', accounts.filter((one) => one.last_sign_in_at === null).length);
  const decided = (id: string) => Math.max(0, ...reviews.filter((one) => one.account_id === id).map(({ at }) => at));
  put('accounts.overdue', accounts.filter((one) => now >= (decided(one.id) || one.created_at) + 92 * day).length);
  const versions = await store.selectFrom('policies').select('published_at').execute();
  put('policies.published', versions.filter(({ published_at: at }) => within(at)).length);
  const names = await store.selectFrom('network_names').select(['short_name', 'status']).execute();
  const agents = new Set(
    (await store.selectFrom('computers').select('short_name').where('state', '=', 'active').execute()).map(
      (row) => row.short_name,
    ),
  );
  put(
    'network.unknown',
    names.filter(({ short_name: name, status }) => status === 'unknown' && !agents.has(name)).length,
  );
}
