import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Role } from '../accounts/roles.ts';

/**
 * Who may use a route: everybody, also without signing in; whoever is signed in; or these roles.
 * `machines` are routes for programs, which prove in their own way who they are and never get a page.
 */
export type Grant = 'everybody' | 'signed-in' | 'machines' | readonly Role[];

const ict = ['ict-analyst', 'ict-administrator'] as const;
const administrator = ['ict-administrator'] as const;
const governance = ['ig-lead', 'siro', 'caldicott-guardian'] as const;
const business = 'head-of-business-and-governance';
const alertReaders = [...ict, 'auditor'] as const;
const registerReaders = [...ict, business, 'auditor'] as const;
/** Licences and decisions about software are the Head of Business and Governance's own (focus 4.3). */
const registerKeepers = [...ict, business] as const;
const enrolmentReaders = ['ict-administrator', 'auditor'] as const;
const healthReaders = [...ict, 'auditor'] as const;
const peopleReaders = [...ict, business, 'supervisor', ...governance, 'auditor'] as const;
const peopleExporters = ['ict-administrator', business] as const;
const historyReaders = [...ict, 'ig-lead', 'caldicott-guardian', 'auditor'] as const;
/** Whoever answers a person who asks for a copy of what is recorded. */
const copyMakers = [...ict, 'ig-lead', 'caldicott-guardian'] as const;
const auditReaders = ['ict-administrator', ...governance, 'auditor'] as const;
const policyReaders = [...ict, business, ...governance, 'auditor'] as const;
const approvalReaders = [...ict, business, ...governance, 'iao', 'supervisor', 'auditor'] as const;
const incidentReaders = [...ict, business, ...governance, 'iao', 'supervisor', 'auditor'] as const;
/** Whoever sees an incident may say something to it; what else each may do with it is incidents/rights.ts. */
const incidentWriters = [...ict, business, ...governance, 'iao', 'supervisor'] as const;
const incidentRaisers = [...ict, business, ...governance] as const;
const bundleReaders = [...ict, business, ...governance, 'auditor'] as const;
/** Whoever may need a permission for the work of their people, or decide on one. An auditor only looks. */
const requesters = [...ict, business, ...governance, 'iao', 'supervisor'] as const;
const retentionReaders = ['ict-administrator', business, ...governance, 'auditor'] as const;
/** Whoever answers for a lawful request or a disciplinary matter. */
const holders = ['ict-administrator', business, 'ig-lead', 'siro'] as const;
const exportReaders = ['ict-administrator', 'auditor'] as const;
/** Which of them decides is said by the profile: exports/disclosure-approvers.ts. */
const disclosureDeciders = [business, 'ig-lead', 'siro'] as const;
const disclosurePreparers = ['ict-administrator', ...disclosureDeciders] as const;
const disclosureReaders = [...disclosurePreparers, 'caldicott-guardian', 'auditor'] as const;
/** Who has a report for the work of their role; which of them each may read is said in reports/. An auditor only reads. */
const reportReaders = [...ict, business, ...governance, 'iao', 'auditor'] as const;
const reportMakers = [...ict, business, ...governance] as const;
const reportPlanners = ['ict-administrator', business, 'ig-lead'] as const;
const noticeReaders = [...ict, business, ...governance, 'iao', 'supervisor', 'auditor'] as const;
/** Whose answer a notice can ask for: the supervisor's, or that of those above. ICT answers on the alert. */
const noticeAnswerers = [business, ...governance, 'iao', 'supervisor'] as const;
/** Who says when somebody is away: a supervisor of their own team and of themselves, too. */
const absenceKeepers = ['ict-administrator', business, 'ig-lead', 'supervisor'] as const;
const reviewers = ['ict-administrator', business] as const;

/**
 * Every route of the collector and who may use it. A route that is not here cannot be registered, and this is the only
 * place that is asked. What an account may see within a page (its organisation and team) is its {@link Scope}.
 */
export const access = {
  'GET /healthz': 'machines',
  'GET /readyz': 'machines',
  'GET /metrics': 'machines',
  'POST /agent/v1/enrol': 'machines',
  'GET /agent/v1/policy': 'machines',
  'GET /agent/v1/standing': 'machines',
  'GET /agent/v1/release': 'machines',
  'GET /agent/v1/release/:sha256': 'machines',

  'GET /assets/:version/:name': 'everybody',
  'GET /sign-in': 'everybody',
  'POST /sign-in': 'everybody',
  'GET /sign-in/code': 'everybody',
  'POST /sign-in/code': 'everybody',
  'GET /sign-in/organisation': 'everybody',
  'GET /sign-in/organisation/answer': 'everybody',

  'GET /': 'signed-in',
  'GET /session': 'signed-in',
  'POST /sign-out': 'signed-in',
  'GET /change-password': 'signed-in',
  'POST /change-password': 'signed-in',
  'GET /about-monitoring': 'signed-in',
  'GET /account': 'signed-in',
  'POST /account/sessions': 'signed-in',
  'POST /account/password-known': 'signed-in',
  'GET /account/second-factor': 'signed-in',
  'POST /account/second-factor': 'signed-in',
  'POST /account/recovery-codes': 'signed-in',
  'POST /account/second-factor/remove': 'signed-in',

  'GET /alerts': alertReaders,
  'GET /alerts/live': alertReaders,
  'GET /alerts/:id': alertReaders,
  'POST /alerts/:id': ict,
  'GET /alerts/export': alertReaders,
  'GET /alerts/bulk': ict,
  'POST /alerts/bulk': ict,
  'POST /alerts/filters': alertReaders,
  'POST /alerts/person': alertReaders,
  'GET /alerts/:id/allow-once': ict,
  'POST /alerts/:id/allow-once': ict,
  'GET /incidents': incidentReaders,
  'GET /incidents/new': incidentRaisers,
  'POST /incidents/new': incidentRaisers,
  'GET /incidents/report': 'signed-in',
  'POST /incidents/report': 'signed-in',
  'GET /incidents/:id': incidentReaders,
  'POST /incidents/:id': incidentWriters,
  'GET /incidents/:id/sections/:section': incidentWriters,
  'POST /incidents/:id/sections/:section': incidentWriters,
  'GET /incidents/:id/approval': incidentReaders,
  'GET /incidents/:id/print': incidentReaders,
  'GET /incidents/:id/pdf': incidentReaders,
  'GET /incidents/:id/form': incidentReaders,
  'GET /incidents/:id/bundle': bundleReaders,
  'GET /computers/:id/lost': registerKeepers,
  'POST /computers/:id/lost': registerKeepers,
  'GET /media/:id/lost': registerKeepers,
  'POST /media/:id/lost': registerKeepers,
  'GET /notices': noticeReaders,
  'GET /notices/:id': noticeReaders,
  'POST /notices/:id': noticeAnswerers,
  'GET /notices/delivery': healthReaders,
  'POST /notices/delivery/:id': ict,
  'GET /notices/templates': enrolmentReaders,
  'GET /notices/templates/:name': enrolmentReaders,
  'POST /notices/templates/:name': administrator,
  'GET /notice-link': 'everybody',
  'POST /notice-link': 'everybody',
  'GET /computers': registerReaders,
  'GET /computers/export': registerReaders,
  'GET /computers/import': ict,
  'POST /computers/import': ict,
  'GET /computers/:id': registerReaders,
  'POST /computers/:id': ict,
  'GET /computers/:id/software': registerReaders,
  'GET /network': registerReaders,
  'POST /network/:id': ict,
  'GET /network/import': ict,
  'POST /network/import': ict,
  'GET /media': registerReaders,
  'GET /media/export': registerReaders,
  'GET /media/issue': ict,
  'POST /media/issue': ict,
  'GET /media/:id': registerReaders,
  'GET /media/:id/label': registerReaders,
  'GET /media/:id/change': ict,
  'POST /media/:id/change': ict,
  'GET /software': registerReaders,
  'GET /software/export': registerReaders,
  'GET /software/:id': registerReaders,
  'POST /software/:id': registerKeepers,
  'GET /enrolment': enrolmentReaders,
  'POST /enrolment': administrator,
  'POST /enrolment/:id/revoke': administrator,
  'GET /health': healthReaders,
  'GET /updates': healthReaders,
  'POST /updates': administrator,
  'POST /updates/:id': administrator,

  'GET /exports': exportReaders,
  'POST /exports/:name': administrator,

  'GET /disclosures': disclosureReaders,
  'GET /disclosures/new': disclosurePreparers,
  'POST /disclosures/new': disclosurePreparers,
  'GET /disclosures/:id': disclosureReaders,
  'POST /disclosures/:id': disclosureDeciders,
  'POST /disclosures/:id/copy': disclosurePreparers,

  'GET /approvals': approvalReaders,
  'GET /approvals/new': requesters,
  'POST /approvals/new': requesters,
  'GET /approvals/:id': approvalReaders,
  'POST /approvals/:id': requesters,

  'GET /policy': policyReaders,
  'GET /policy/versions/:version': policyReaders,
  'POST /policy/versions/:version/roll-back': administrator,
  'POST /policy/lint': administrator,
  'POST /policy/drafts': administrator,
  'GET /policy/drafts/:id': policyReaders,
  'POST /policy/drafts/:id': administrator,
  'GET /policy/drafts/:id/replay': policyReaders,
  'POST /policy/drafts/:id/replay': administrator,
  'POST /policy/drafts/:id/publish': administrator,
  'POST /policy/drafts/:id/discard': administrator,

  'GET /reports': reportReaders,
  'POST /reports': reportMakers,
  'POST /reports/schedule': reportPlanners,
  'GET /reports/:id/:format': reportReaders,

  'GET /people': peopleReaders,
  'GET /people/:id': peopleReaders,
  'POST /people/:id/history': historyReaders,
  'POST /people/:id/absences': absenceKeepers,
  'GET /people/new': administrator,
  'POST /people/new': administrator,
  'GET /people/import': administrator,
  'POST /people/import': administrator,
  'GET /people/export': peopleExporters,

  'GET /accounts': administrator,
  'GET /accounts/new': administrator,
  'POST /accounts/new': administrator,
  'GET /accounts/:id': administrator,
  'POST /accounts/:id': administrator,
  'GET /accounts/review': reviewers,
  'POST /accounts/:id/review': reviewers,
  'GET /audit': auditReaders,

  'GET /transparency': 'signed-in',
  'GET /transparency/staff-notice': 'signed-in',
  'GET /transparency/dpia': retentionReaders,
  'POST /transparency': holders,
  'POST /people/:id/export': copyMakers,
  'GET /retention': retentionReaders,
  'GET /retention/hold': holders,
  'POST /retention/hold': holders,
  'POST /retention/holds/:id/release': holders,
} as const satisfies Record<`${'GET' | 'POST'} /${string}`, Grant>;

export type Route = keyof typeof access;

function isRoute(name: string): name is Route {
  return Object.hasOwn(access, name);
}

/** What the table says of a route. Pure. */
export function mayUse(role: Role | undefined, route: Route): boolean {
  const grant: Grant = access[route];
  if (grant === 'everybody') return true;
  if (grant === 'machines' || role === undefined) return false;
  return grant === 'signed-in' || grant.includes(role);
}

/** The route a request came in by; undefined when there is none for its address. */
export function routeOf({ method, routeOptions, is404 }: FastifyRequest): Route | undefined {
  const name = `${method === 'HEAD' ? 'GET' : method} ${routeOptions.url ?? ''}`;
  return !is404 && isRoute(name) ? name : undefined;
}

/** Makes it impossible to add a route to this server that the table does not know. */
export function refuseUnlistedRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url }) => {
    for (const word of [method].flat()) {
      const name = `${word === 'HEAD' ? 'GET' : word} ${url}`;
      if (!isRoute(name)) throw new TypeError(`"${name}" is not in the table of who may use what: console/access.ts`);
    }
  });
}
