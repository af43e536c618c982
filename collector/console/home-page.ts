import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EventKind } from '#shared/events/kinds.ts';
import { severities } from '#shared/policy/schema.ts';
import type { Account } from '../accounts/accounts.ts';
import { type Role, roleWords } from '../accounts/roles.ts';
import type { AlertsWithin } from '../alerting/alert-filter.ts';
import { openBySeverity } from '../alerting/alert-list.ts';
import { alertsByDay } from '../alerting/alert-trend.ts';
import { type RequestViewer, requestCounts } from '../approvals/request-list.ts';
import { type IncidentViewer, incidentCounts } from '../incidents/incident-list.ts';
import { listNotices, noticeCounts } from '../notices/notice-list.ts';
import { computerFigures } from '../register/computer-list.ts';
import { countsSince } from '../register/daily-counts.ts';
import { mediaFigures } from '../register/media-register.ts';
import { networkFigures } from '../register/network-list.ts';
import { softwareFigures } from '../register/software-list.ts';
import { newReports } from '../reports/issued.ts';
import type { Store } from '../store/tables.ts';
import { mayUse, type Route } from './access.ts';
import { alertsWithin } from './alert-looking.ts';
import { alertsAddress } from './alert-query.ts';
import { requestViewer } from './approval-list-page.ts';
import { incidentViewer } from './incident-looking.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { noticeFigures, noticeRow, noticeViewer } from './notice-list-page.ts';
import { severityTag } from './severity.ts';
import { firstDayShown, type Trend, weeklyTrend } from './trend.ts';
import { visitOf } from './visit.ts';
import { seesWholeOrganisation } from './whole-organisation.ts';

/** A number that leads to the list it counts. */
interface Figure {
  text: string;
  count: string;
  colour: string;
  href: string;
}
interface Section {
  title: string;
  figures: Figure[];
}

/** Where a person begins: the numbers of the lists that their role may use, and how things went. */
export function homeRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/', async (request, reply) => {
    const { role, displayName } = visitOf(request).account;
    const seesAll = await seesWholeOrganisation(context, request);
    const data = {
      displayName,
      role: roleWords[role],
      sections: await sectionsFor(context, request, seesAll),
      otherConsoles: isIct(role) ? context.otherConsoles : [],
      trends: seesAll ? await trends(context) : [],
      notices: await openNotices(context, request),
    };
    return sendPage(context, request, reply, { name: 'home', title: 'Home', section: 'home', data });
  });
}

function isIct(role: Role): boolean {
  return role === 'ict-analyst' || role === 'ict-administrator';
}

const noticesShown = 10;

/** For whoever answers notices, the first page is these. */
async function openNotices(context: ConsoleContext, request: FastifyRequest) {
  if (!mayUse(visitOf(request).account.role, 'POST /notices/:id')) return undefined;
  const now = context.clock.now();
  const viewer = await noticeViewer(context, request);
  const rows = await listNotices(context.store, viewer, { stage: 'open', now }, noticesShown);
  return {
    figures: noticeFigures(await noticeCounts(context.store, viewer, now)),
    rows: rows.map((row) => noticeRow(row, now)),
  };
}

interface Part {
  title: string;
  /** Who may not use it is not shown the numbers either. */
  route: Route;
  figures(context: ConsoleContext): Promise<Figure[]>;
}
const registers: readonly Part[] = [
  { title: 'Computers', route: 'GET /computers', figures: computerNumbers },
  { title: 'Removable media', route: 'GET /media', figures: mediaNumbers },
  { title: 'Software', route: 'GET /software', figures: softwareNumbers },
];

async function sectionsFor(context: ConsoleContext, request: FastifyRequest, seesAll: boolean): Promise<Section[]> {
  const within = await alertsWithin(context, request);
  const alerts: Part = {
    title: 'Alerts that are not closed',
    route: 'GET /alerts',
    figures: ({ store }) => alertNumbers(store, within),
  };
  const viewer = await requestViewer(context, request);
  const approvals: Part = {
    title: 'Approvals',
    route: 'GET /approvals',
    figures: ({ store, clock }) => approvalNumbers(store, viewer, clock.now()),
  };
  const incidentsOf = await incidentViewer(context, request);
  const incidents: Part = {
    title: 'Incidents',
    route: 'GET /incidents',
    figures: ({ store, clock }) => incidentNumbers(store, incidentsOf, clock.now()),
  };
  const shown: Section[] = [];
  const { account } = visitOf(request);
  const reports: Part = {
    title: 'Reports',
    route: 'GET /reports',
    figures: ({ store, clock }) => reportNumbers(store, account, clock.now()),
  };
  const parts = [alerts, incidents, approvals, ...(seesAll ? [reports, ...registers] : [])];
  for (const { title, route, figures } of parts) {
    if (mayUse(visitOf(request).account.role, route)) shown.push({ title, figures: await figures(context) });
  }
  return shown;
}

/** A number that should be zero is marked only when it is not. */
function figure(text: string, count: number, colour: string, href: string): Figure {
  return { text, count: count.toLocaleString('en-GB'), colour: count === 0 ? 'grey' : colour, href };
}

async function alertNumbers(store: Store, within: AlertsWithin): Promise<Figure[]> {
  const open = await openBySeverity(store, within);
  return severities.toReversed().map((severity) => {
    const { text, colour } = severityTag(severity);
    return figure(text, open.get(severity) ?? 0, colour, alertsAddress({ severities: [severity] }));
  });
}

async function incidentNumbers(store: Store, viewer: IncidentViewer, now: number): Promise<Figure[]> {
  const count = await incidentCounts(store, viewer, now);
  return [
    figure('not closed', count.open, 'blue', '/incidents?state=open'),
    figure('investigations overdue', count.overdue, 'red', '/incidents?flag=overdue'),
    figure('waiting for approval', count.waiting, 'orange', '/incidents?flag=waiting'),
    figure('with the 72 hours undecided', count.clock, 'red', '/incidents?flag=clock'),
  ];
}

async function approvalNumbers(store: Store, viewer: RequestViewer, now: number): Promise<Figure[]> {
  const count = await requestCounts(store, viewer, now);
  return [
    figure('waiting for a decision', count.waiting, 'orange', '/approvals?stage=waiting'),
    figure('in force', count['in-force'], 'green', '/approvals?stage=in-force'),
    figure('refused', count.refused, 'blue', '/approvals?stage=refused'),
  ];
}

async function reportNumbers(store: Store, account: Account, now: number): Promise<Figure[]> {
  return [figure('new for you', (await newReports(store, account, now)).length, 'blue', '/reports')];
}

async function computerNumbers({ store, clock }: ConsoleContext): Promise<Figure[]> {
  const found = await computerFigures(store, clock.now());
  const network = await networkFigures(store);
  return [
    figure('watched', found.all, 'blue', '/computers'),
    figure('silent for 3 days', found.silent, 'red', '/computers?presence=silent'),
    figure('with a drive not encrypted', found.plain ?? 0, 'red', '/computers?drives=plain'),
    figure('protection not as it should be', found.unprotected ?? 0, 'orange', '/computers?protection=bad'),
    figure('whose agent has trouble', found.trouble, 'orange', '/computers?trouble=yes'),
    figure('on the network, unknown', network.get('unknown') ?? 0, 'yellow', '/network?status=unknown'),
  ];
}

async function mediaNumbers({ store }: ConsoleContext): Promise<Figure[]> {
  const count = await mediaFigures(store);
  return [
    figure('seen, not registered', count.get('unregistered') ?? 0, 'orange', '/media?state=unregistered'),
    figure('issued', count.get('issued') ?? 0, 'blue', '/media?state=issued'),
    figure('lost', count.get('lost') ?? 0, 'red', '/media?state=lost'),
  ];
}

async function softwareNumbers({ store, clock }: ConsoleContext): Promise<Figure[]> {
  const { count, short } = await softwareFigures(store, clock.now());
  return [
    figure('not decided', count('undecided'), 'orange', '/software?state=undecided'),
    figure('disallowed, and installed', count('disallowed'), 'red', '/software?state=disallowed'),
    figure('tolerated for too long', count('tolerance-over'), 'orange', '/software?state=tolerance-over'),
    figure('no longer supported', count('unsupported'), 'orange', '/software?state=unsupported'),
    figure('with too few seats', short, 'red', '/software?licence=short'),
  ];
}

const counted: readonly { title: string; kind: EventKind }[] = [
  { title: 'Removable media connected', kind: 'media.attached' },
  { title: 'Documents saved in watched places', kind: 'document.saved' },
  { title: 'Software installed', kind: 'software.installed' },
];

async function trends({ store, clock }: ConsoleContext): Promise<Trend[]> {
  const now = clock.now();
  const first = firstDayShown(now);
  const kinds = counted.map(({ kind }) => kind);
  const counts = await countsSince(store, kinds, first);
  const alerts = await alertsByDay(store, first);
  return [
    weeklyTrend('Alerts', alerts, now),
    ...counted.map(({ title, kind }) =>
      weeklyTrend(
        title,
        counts.filter((one) => one.kind === kind),
        now,
      ),
    ),
  ];
}
