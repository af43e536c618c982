import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountContext } from '../accounts/accounts.ts';
import type { SecretBox } from '../accounts/secret-box.ts';
import type { SignInThrottle } from '../accounts/sign-in-throttle.ts';
import type { SingleSignOn } from '../accounts/single-sign-on.ts';
import type { CollectorContext } from '../context.ts';
import type { Exports } from '../exports/exports.ts';
import type { ExportSettings } from '../exports/settings.ts';
import type { OtherConsole, ProfileName } from '../home.ts';
import type { OpenIncident } from '../notices/answers.ts';
import type { NoticeSite } from '../notices/surroundings.ts';
import type { LifeCycleParts } from '../policies/life-cycle.ts';
import type { ClausesOf } from '../policies/policies.ts';
import type { ReplayJobs } from '../policies/replay-jobs.ts';
import type { ReportMaker } from '../reports/report-maker.ts';
import type { ReadDiskSpace } from '../store/disk-room.ts';
import { mayUse, type Route } from './access.ts';
import type { Assets } from './assets.ts';
import type { BriefMemory } from './brief-memory.ts';
import type { LiveHub } from './live.ts';
import type { Render } from './render.ts';
import { beginRecord, type RecordSeen } from './seen.ts';
import { moment } from './words.ts';

/** What the console's routes share. */
export interface ConsoleContext extends CollectorContext, AccountContext {
  secrets: SecretBox;
  organisation: string;
  /** Of other organisations that the same ICT supplier works for. */
  otherConsoles: readonly OtherConsole[];
  render: Render;
  assets: Assets;
  live: LiveHub;
  recordSeen: RecordSeen;
  clausesOf: ClausesOf;
  briefly: BriefMemory;
  /** SHA-256 of the collector's certificate in hexadecimal: agents pin it when they enrol. */
  fingerprint: string;
  /** Absent when the store is not a file. */
  storeFile: string | undefined;
  /** Reads how much room the store's disk has. */
  diskSpace: ReadDiskSpace;
  throttle: SignInThrottle;
  /** What changing the policy needs: key, organisation, and the replays that run. */
  policies: Omit<LifeCycleParts, 'store'> & { replays: ReplayJobs };
  exports: ConsoleExports;
  profile: ProfileName;
  makeReport: ReportMaker;
  /** Undefined when no identity provider is set up. */
  signOn: SingleSignOn | undefined;
  notices: NoticeSite;
  /** Undefined: an answer cannot raise an incident here. */
  openIncident: OpenIncident | undefined;
}

/** The menu, in its order; each account sees those whose route its role may use. */
const sections = [
  { id: 'home', text: 'Home', route: 'GET /' },
  { id: 'alerts', text: 'Alerts', route: 'GET /alerts' },
  { id: 'incidents', text: 'Incidents', route: 'GET /incidents' },
  { id: 'notices', text: 'Notices', route: 'GET /notices' },
  { id: 'computers', text: 'Computers', route: 'GET /computers' },
  { id: 'media', text: 'Media', route: 'GET /media' },
  { id: 'software', text: 'Software', route: 'GET /software' },
  { id: 'approvals', text: 'Approvals', route: 'GET /approvals' },
  { id: 'policy', text: 'Policy', route: 'GET /policy' },
  { id: 'reports', text: 'Reports', route: 'GET /reports' },
  { id: 'people', text: 'People', route: 'GET /people' },
  { id: 'accounts', text: 'Accounts', route: 'GET /accounts' },
  { id: 'review', text: 'Access review', route: 'GET /accounts/review' },
  { id: 'audit', text: 'Audit', route: 'GET /audit' },
  { id: 'retention', text: 'Retention', route: 'GET /retention' },
  { id: 'enrolment', text: 'Enrolment', route: 'GET /enrolment' },
  { id: 'updates', text: 'Updates', route: 'GET /updates' },
  { id: 'exports', text: 'Exports', route: 'GET /exports' },
  { id: 'disclosures', text: 'Disclosures', route: 'GET /disclosures' },
  { id: 'health', text: 'Health', route: 'GET /health' },
  { id: 'transparency', text: 'Transparency', route: 'GET /transparency' },
  { id: 'about', text: 'What is recorded', route: 'GET /about-monitoring' },
] as const satisfies readonly { id: string; text: string; route: Route }[];

export interface ConsoleExports {
  settings: readonly ExportSettings[];
  /** Undefined when nothing is sent from this process. */
  running: Exports | undefined;
}

export interface Page {
  name: Parameters<Render>[0];
  /** First part of the window's title, and usually the heading. */
  title: string;
  section?: (typeof sections)[number]['id'];
  /** Set when a form was refused: the title says so first. */
  errors?: readonly FormError[];
  data?: object;
}

/** A fault in a form and the id of the field it belongs to. */
export interface FormError {
  field: string;
  text: string;
}

/** Answers with a page inside the common frame. */
export function sendPage(context: ConsoleContext, request: FastifyRequest, reply: FastifyReply, page: Page): string {
  void reply.type('text/html; charset=utf-8');
  const errors = page.errors ?? [];
  if (errors.length > 0) void reply.code(422);
  beginRecord(context, request, reply);
  return context.render(page.name, {
    ...page.data,
    title: page.title,
    windowTitle: `${errors.length > 0 ? 'Error: ' : ''}${page.title}`,
    organisation: context.organisation,
    assets: context.assets.path,
    account: request.visit?.account,
    formToken: request.visit?.session.formToken,
    sessionEnd: sessionEnd(request),
    navigation: navigation(request, page.section),
    errors: errors.map(({ field, text }) => ({ text, href: `#${field}` })),
    errorOf: Object.fromEntries(errors.map(({ field, text }) => [field, { text }])),
  });
}

function navigation({ visit }: FastifyRequest, current: Page['section']) {
  if (!visit || visit.todo) return [];
  return sections
    .filter(({ route }) => mayUse(visit.account.role, route))
    .map(({ id, text, route }) => ({ text, href: addressOf(route), current: id === current }));
}

function sessionEnd({ visit }: FastifyRequest) {
  return visit && { idle: moment(visit.session.idleEnd), absolute: moment(visit.session.end) };
}

function addressOf(route: Route): string {
  return route.slice(route.indexOf('/'));
}
