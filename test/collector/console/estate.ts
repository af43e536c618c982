import { type EventData, type EventKind, kindDefinition, kindNames } from '#shared/events/kinds.ts';
import { cleanText } from '#shared/text.ts';
import type { Role } from '../../../collector/accounts/roles.ts';
import { openSession } from '../../../collector/accounts/sessions.ts';
import { access, type Grant, mayUse, type Route } from '../../../collector/console/access.ts';
import { planAlerts } from '../../../collector/notices/plan-alerts.ts';
import { silentSite } from '../../../collector/notices/set-up.ts';
import { profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { importPeople } from '../../../collector/register/people-import.ts';
import { fillAlert, fillComputer, fillEvent, reportFacts, reportStatus } from './filling.ts';
import { testSigner } from './site.ts';
import type { OpenConsole, SomebodySignedIn } from './visitors.ts';

/** The pages that people can open, by the table of the code. The live stream never ends and is no page. */
export const pageRoutes = (Object.keys(access) as Route[]).filter(
  (route) => route.startsWith('GET ') && (access[route] as Grant) !== 'machines' && route !== 'GET /alerts/live',
);

/** Free texts whose examples look like words of ours. */
const freeTexts: ReadonlySet<string> = new Set(['name', 'version', 'publisher', 'label', 'user', 'hostname']);

/** The same data with every free text made this one; words of ours, times and numbers stay. */
function textedWith(value: unknown, text: string, key = ''): unknown {
  if (typeof value === 'string') {
    return /^[\d-]+T|^[0-9a-f:]+$|^[a-z0-9-]+$/.test(value) && !freeTexts.has(key) ? value : text;
  }
  if (Array.isArray(value)) return value.map((one) => textedWith(one, text, key));
  if (typeof value !== 'object' || value === null) return value;
  const texted = Object.entries(value).map(([name, inner]) => [name, textedWith(inner, text, name)]);
  // A publisher is optional, and no example has one.
  return Object.fromEntries('source' in value && 'architecture' in value ? [...texted, ['publisher', text]] : texted);
}

/** A form that was sent, and what came back: whoever fills a page with text looks at the answer too. */
export interface Sent {
  url: string;
  statusCode: number;
  body: string;
}

/**
 * One of everything that pages show, with this text wherever a device, an agent, a package, a file or a person can put
 * one: all kinds of events as ingest stores them, what agents report of their computers, and every form of a register.
 * A page that shows a thing of a new sort asks for one here.
 */
export async function fillEstate(site: OpenConsole, admin: SomebodySignedIn, text: string): Promise<Sent[]> {
  const { context } = site;
  const { store, clock } = context;
  const policy = { text: profileText('focus', 'Example Care'), reason: text, publishedBy: text, now: clock.now() };
  await publishPolicy(store, testSigner, policy);
  // Enrolment cleans the name of a computer; what its events say is kept as it came.
  const computer = await fillComputer(context, cleanText(text));
  await reportAll(context, computer, text);
  const alerts = [];
  // What goes must not take away what came.
  const kinds = kindNames.toSorted((one, other) => Number(/removed/.test(other)) - Number(/removed/.test(one)));
  for (const kind of kinds) alerts.push(await eventAndAlert(context, computer, kind, text));
  await importPeople(store, peopleFile('Example Care', text), { accountId: admin.id, now: clock.now() });
  await planAlerts(store, silentSite('Example Care'), { webhooks: [], now: clock.now() });
  await openSession(context, admin.id, { browser: text });
  return sendForms(site, admin, { text, computer: computer.id, alert: alerts[0] ?? '' });
}

function peopleFile(organisation: string, text: string) {
  const cell = `"${cleanText(text).replaceAll('"', '""')}"`;
  const rows = [`${cell},${cell},,${cell},${cell},,`, `E2,${cell},,${cell},second,${cell},`];
  const heading = 'reference,name,email,team,accounts,supervises,deputises';
  return { organisation, text: [heading, ...rows].join('\n'), complete: false, today: '2026-11-23' };
}

type Context = OpenConsole['context'];
type Filled = Awaited<ReturnType<typeof fillComputer>>;

async function reportAll(context: Context, computer: Filled, text: string): Promise<void> {
  const coverage = [
    { watcher: 'software' as const, area: text, state: 'failed' as const, how: text, limits: [text] },
    { watcher: 'enforcement' as const, area: text, state: 'unsupported' as const, how: text, limits: [text] },
  ];
  const inventory = {
    ...{ hostname: cleanText(text), manufacturer: text, model: text, serial: text, chassis: text, processor: text },
    ...{ osName: text, osVersion: text, disks: [{ model: text, type: text }] },
  };
  await reportFacts(context, computer, { coverage, inventory, os: text, version: text });
  await reportStatus(context, computer, { events: 3, conditions: ['watcher-failed'] });
}

async function eventAndAlert(context: Context, computer: Filled, kind: EventKind, text: string): Promise<string> {
  const data = textedWith(kindDefinition(kind).example, text) as EventData<typeof kind>;
  const seq = await fillEvent(context, computer, kind, data, {
    actor: { user: text, process: text },
    decision: {
      rights: { connect: 'allow', read: 'deny', write: 'deny', execute: 'deny' },
      ...{ tier: 'class-default', ruleId: text, clause: text, mode: 'report', policyVersion: 1 },
      trace: [{ tier: 'rule', ruleId: text, result: 'not-matched', because: text }],
    },
    outcome: { state: 'failed', mechanism: text, because: text },
  });
  const named = { person: text, device: { key: text, name: text } };
  return fillAlert(context, computer, { title: text, clause: text, ruleId: text, kind, seqs: [seq], ...named });
}

/** Every form of the console that keeps a text. */
async function sendForms(
  { context: { store } }: OpenConsole,
  admin: SomebodySignedIn,
  { text, computer, alert }: { text: string; computer: string; alert: string },
): Promise<Sent[]> {
  const sent: Sent[] = [];
  const send = async (url: string, fields: Record<string, string | readonly string[]>) => {
    const { statusCode, body, headers } = await admin.post(url, fields);
    sent.push({ url, statusCode, body });
    return `${headers.location ?? ''}`.split('?')[0] ?? '';
  };
  const idOf = async (table: 'network_names' | 'software_titles' | 'media' | 'seen_devices') =>
    (await store.selectFrom(table).select('id').execute()).map(({ id }) => id);

  await send(`/alerts/${alert}`, { action: 'noted', note: text });
  await send(`/alerts/${alert}`, { action: 'closed', note: text, outcome: 'mistake' });
  await send('/alerts/filters', { name: text, list: 'severity=high' });
  const asset = { owner: text, iao: text, location: text, assetTag: text, disposalNote: text, notes: text };
  await send(`/computers/${computer}`, { ...asset, portable: '', disposal: 'lost' });
  await send('/network/import', {
    text: `name,address\n"${text.replaceAll('"', '""')} printer",10.0.0.1`,
    source: text,
  });
  for (const id of await idOf('network_names')) await send(`/network/${id}`, { status: 'approved', note: text });
  const label = cleanText(text);
  const serial = label.replaceAll(/[\s,;]/g, '');
  await send('/media/issue', { serials: serial, label, holder: label, approver: label, note: text });
  for (const id of await idOf('software_titles')) await send(`/software/${id}`, { licence: text, note: text });
  await send('/enrolment', { note: text, uses: '2', days: '2' });
  const asked = { user: text, computer: text, serial: text, what: text, records: '3', reason: text };
  const days = { from: '2026-11-23', to: '2026-11-27', rights: ['read'], vendorId: '0781', productId: '5581' };
  for (const kind of ['media-issue', 'software', 'bulk-transfer', 'encryption-exception']) {
    await send('/approvals/new', { ...asked, ...days, kind });
  }
  const draft = await send('/policy/drafts', { name: text, version: '1' });
  await send(draft, { text: `# ${text}\nnot: [a policy`, revision: '1' });
  await send('/accounts/new', { username: 'second', displayName: text, role: 'auditor' });
  await send('/retention/hold', { kind: 'computer', object: computer, reason: text });
  const typed = { title: cleanText(text), note: text, type: '', computer: '' };
  await send('/incidents/new', typed);
  const asks = { requester: text, reference: text, legalBasis: text, purpose: text, people: '', computers: label };
  await send('/disclosures/new', { ...asks, from: '2026-11-23', to: '2026-11-23' });
  await send('/reports', { name: 'asset-register', from: '', to: '' });
  await send('/transparency', { step: 'dpia', reference: text, decidedOn: '2026-11-01', decidedBy: text });
  return sent;
}

/** Addresses that a page links to, without those of other sites. */
export function linksIn(body: string): string[] {
  const found = [...body.matchAll(/\s(?:href|action)="(\/[^"#]*)"/g)];
  return found.map(([, address = '']) => address.replaceAll('&amp;', '&').replaceAll('&#x2F;', '/'));
}

/** An address under a route, with anything for each `:part`. */
function patternOf(route: Route): RegExp {
  const path = route.slice(route.indexOf('/'));
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/?]+')}$`);
}

/** Segments that are a page of their own beside `:id`: `/people/new` is nobody. */
const fixed = new Set((Object.keys(access) as Route[]).map((route) => route.slice(route.indexOf('/'))));

export interface Opened {
  route: Route;
  address: string;
  role: Role;
  statusCode: number;
  body: string;
  headers: Record<string, string | string[] | number | undefined>;
}

/**
 * Opens every page of the table that one of these people may use, by following what the pages link to, so that a page
 * that comes new to the table is opened without being named anywhere.
 * @param most things of each sort for each person; of other orders and filters of a list, two
 */
export async function openEveryPage(people: readonly (SomebodySignedIn & { role: Role })[], most: number) {
  const opened: Opened[] = [];
  for (const person of people) {
    const waiting = pageRoutes
      .filter((route) => mayUse(person.role, route) && !route.includes(':'))
      .map((route) => route.slice(route.indexOf('/')));
    const seen = new Set(waiting);
    const isWanted = wanted(most);
    for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
      const route = routeAt(address);
      if (!route || !mayUse(person.role, route) || !isWanted(route, address)) continue;
      const { statusCode, body, headers } = await person.get(address);
      opened.push({ route, address, role: person.role, statusCode, body, headers });
      const fresh = linksIn(body).filter((link) => !seen.has(link));
      for (const link of fresh) seen.add(link);
      waiting.push(...fresh);
    }
  }
  return opened;
}

/** Says of each address whether to open it, and counts those. */
function wanted(most: number): (route: Route, address: string) => boolean {
  const paths = new Set<string>();
  const times = new Map<string, number>();
  return (route, address) => {
    const path = address.split('?')[0] ?? '';
    const key = `${route} ${paths.has(path) ? 'again' : 'new'}`;
    const count = times.get(key) ?? 0;
    times.set(key, count + 1);
    if (count >= (paths.has(path) ? 2 : most)) return false;
    paths.add(path);
    return true;
  };
}

/** The page that an address opens. */
export function routeAt(address: string): Route | undefined {
  const path = address.split('?')[0] ?? '';
  if (fixed.has(path)) return pageRoutes.find((route) => route === `GET ${path}`);
  return pageRoutes.find((route) => route.includes(':') && patternOf(route).test(path));
}
