import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Signer } from '#shared/identity.ts';
import { type PasswordHasher, passwordHasher } from '../accounts/password-hash.ts';
import type { PasswordProfile } from '../accounts/password-profiles.ts';
import type { SecretBox } from '../accounts/secret-box.ts';
import { signInThrottle } from '../accounts/sign-in-throttle.ts';
import type { SingleSignOn } from '../accounts/single-sign-on.ts';
import type { CollectorContext } from '../context.ts';
import type { OtherConsole, ProfileName } from '../home.ts';
import type { OpenIncident } from '../notices/answers.ts';
import { silentSite } from '../notices/set-up.ts';
import type { NoticeSite } from '../notices/surroundings.ts';
import { clauseReader } from '../policies/policies.ts';
import { replayJobs } from '../policies/replay-jobs.ts';
import { reportMaker } from '../reports/report-maker.ts';
import { makeFiles } from '../reports/reports.ts';
import { diskSpace, type ReadDiskSpace } from '../store/disk-room.ts';
import { aboutRoutes } from './about-page.ts';
import { absenceRoutes } from './absence-page.ts';
import { refuseUnlistedRoutes } from './access.ts';
import { accountRoutes } from './account-page.ts';
import { accountAdminRoutes } from './account-pages.ts';
import { alertAllowOnceRoutes } from './alert-allow-once.ts';
import { alertBulkRoutes } from './alert-bulk.ts';
import { alertExportRoute } from './alert-export.ts';
import { alertListRoutes } from './alert-list-page.ts';
import { alertRoutes } from './alert-page.ts';
import { alertPersonRoutes } from './alert-person.ts';
import { alertStepRoutes } from './alert-steps.ts';
import { approvalListRoute } from './approval-list-page.ts';
import { approvalRoutes } from './approval-page.ts';
import { approvalRequestRoutes } from './approval-request-page.ts';
import { assetRoutes, loadAssets } from './assets.ts';
import { auditRoutes } from './audit-page.ts';
import { briefMemory } from './brief-memory.ts';
import { computerImportRoutes } from './computer-import-page.ts';
import { computerListRoutes } from './computer-list-page.ts';
import { computerRoutes } from './computer-page.ts';
import { computerSoftwareRoutes } from './computer-software-page.ts';
import { disclosureRoutes } from './disclosure-pages.ts';
import { enrolmentRoutes } from './enrolment-page.ts';
import { errorPages } from './error-pages.ts';
import { exportRoutes } from './export-page.ts';
import { healthRoutes } from './health-page.ts';
import { homeRoutes } from './home-page.ts';
import { incidentListRoute } from './incident-list-page.ts';
import { incidentNewRoutes } from './incident-new-page.ts';
import { incidentRoutes } from './incident-page.ts';
import { incidentPaperRoutes } from './incident-papers.ts';
import { incidentSectionRoutes } from './incident-section-page.ts';
import { incidentStepRoutes } from './incident-steps.ts';
import type { ConsoleContext, ConsoleExports } from './layout.ts';
import { type LiveTimes, liveHub, liveRoute } from './live.ts';
import { lostRoutes } from './lost-page.ts';
import { mediaIssueRoutes } from './media-issue-page.ts';
import { mediaListRoutes } from './media-list-page.ts';
import { mediumRoutes } from './medium-page.ts';
import { networkRoutes } from './network-page.ts';
import { noticeDeliveryRoutes } from './notice-delivery-page.ts';
import { noticeLinkRoutes } from './notice-link-page.ts';
import { noticeListRoute } from './notice-list-page.ts';
import { noticeRoutes } from './notice-page.ts';
import { noticeTemplateRoutes } from './notice-template-pages.ts';
import { passwordRoutes } from './password-page.ts';
import { peopleImportRoutes } from './people-import-pages.ts';
import { peopleRoutes } from './people-pages.ts';
import { policyDraftRoutes } from './policy-draft-page.ts';
import { policyRoutes } from './policy-page.ts';
import { policyReplayRoutes } from './policy-replay-page.ts';
import { pageRenderer } from './render.ts';
import { reportRoutes } from './report-page.ts';
import { retentionRoutes } from './retention-page.ts';
import { reviewRoutes } from './review-page.ts';
import { type RecordSeen, recordPages, seenDirectly } from './seen.ts';
import { signInRoutes, signOutRoute } from './sign-in-pages.ts';
import { signOnRoutes } from './sign-on-pages.ts';
import { softwareListRoutes } from './software-list-page.ts';
import { softwareRoutes } from './software-page.ts';
import { transparencyRoutes } from './transparency-page.ts';
import { updatesRoutes } from './updates-page.ts';
import { guardRoutes, recogniseVisits, refuseOtherSites } from './visit.ts';
import { onlyWholeOrganisation } from './whole-organisation.ts';

export interface ConsoleOptions {
  /** Shown in the header of every page. */
  organisation: string;
  /** Shown to ICT as links. */
  otherConsoles?: readonly OtherConsole[] | undefined;
  passwords: PasswordProfile;
  /** One for the whole process, so that its bound holds; made anew when absent. */
  hasher?: PasswordHasher;
  /** Opens the secrets of second factors. */
  secrets: SecretBox;
  signOn?: SingleSignOn | undefined;
  live?: LiveTimes;
  /** Writes to the store itself when absent. */
  recordSeen?: RecordSeen;
  /** SHA-256 of the collector's certificate in hexadecimal. */
  fingerprint: string;
  /** File of the store: the health page looks at its disk, replays read it with connections of their own. */
  storeFile?: string;
  diskSpace?: ReadDiskSpace;
  /** Where records go, and what is running of it; absent in a console without exports. */
  exports?: ConsoleExports;
  /** Whose rules hold for what the policy says nothing about. Default: focus. */
  profile?: ProfileName;
  /** Signs what is published here. */
  /** Signs what is published here, and the links of notices. */
  signer: Signer;
  /** What the settings say of notices; absent: no mail is sent. */
  notices?: NoticeSite;
  /** Makes an incident of an answer; absent: the choice is not offered. */
  openIncident?: OpenIncident | undefined;
}

/** The pages people use, as one plugin that keeps its hooks to itself. Serve it over TLS: its cookie needs that. */
export function consolePages(collector: CollectorContext, options: ConsoleOptions): FastifyPluginAsync {
  return async (app) => {
    const context: ConsoleContext = {
      ...collector,
      organisation: options.organisation,
      otherConsoles: options.otherConsoles ?? [],
      passwords: options.passwords,
      hasher: options.hasher ?? passwordHasher(),
      secrets: options.secrets,
      throttle: signInThrottle(collector.clock),
      signOn: options.signOn,
      render: pageRenderer(),
      assets: loadAssets(),
      live: liveHub(collector, options.live),
      clausesOf: clauseReader(collector.store),
      briefly: briefMemory(collector),
      recordSeen: options.recordSeen ?? seenDirectly(collector.store),
      fingerprint: options.fingerprint,
      storeFile: options.storeFile,
      diskSpace: options.diskSpace ?? diskSpace,
      exports: options.exports ?? { settings: [], running: undefined },
      profile: options.profile ?? 'focus',
      makeReport:
        options.storeFile === undefined
          ? (request) => makeFiles(collector.store, request)
          : reportMaker(options.storeFile),
      policies: {
        signer: options.signer,
        organisation: options.organisation,
        replays: replayJobs(options.storeFile),
      },
      notices: options.notices ?? silentSite(options.organisation),
      openIncident: options.openIncident,
    };
    app.addHook('preClose', (done) => {
      context.live.close();
      context.policies.replays.close();
      done();
    });
    refuseUnlistedRoutes(app);
    await guards(app);
    refuseOtherSites(app);
    recogniseVisits(app, context);
    guardRoutes(app);
    recordPages(app, context);
    errorPages(app, context);
    assetRoutes(app, context.assets);
    pages(app, context);
  };
}

async function guards(app: FastifyInstance): Promise<void> {
  await app.register(cookie);
  await app.register(formbody, { bodyLimit: 64 * 1024 });
  app.addHook('onRequest', async (_request, reply) => {
    void reply.headers(pageHeaders);
  });
}

/** Beside those every answer of the server has. */
const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join(';'),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // With no-referrer browsers send forms without their origin, which is checked.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
};

function pages(app: FastifyInstance, context: ConsoleContext): void {
  signInRoutes(app, context);
  signOnRoutes(app, context);
  signOutRoute(app, context);
  passwordRoutes(app, context);
  accountRoutes(app, context);
  accountAdminRoutes(app, context);
  reviewRoutes(app, context);
  peopleRoutes(app, context);
  peopleImportRoutes(app, context);
  auditRoutes(app, context);
  alertListRoutes(app, context);
  liveRoute(app, context.live);
  alertRoutes(app, context);
  alertStepRoutes(app, context);
  alertBulkRoutes(app, context);
  alertExportRoute(app, context);
  alertPersonRoutes(app, context);
  alertAllowOnceRoutes(app, context);
  approvalListRoute(app, context);
  approvalRequestRoutes(app, context);
  approvalRoutes(app, context);
  policyRoutes(app, context);
  policyDraftRoutes(app, context);
  policyReplayRoutes(app, context);
  incidentListRoute(app, context);
  incidentNewRoutes(app, context);
  incidentRoutes(app, context);
  incidentStepRoutes(app, context);
  incidentSectionRoutes(app, context);
  incidentPaperRoutes(app, context);
  noticeListRoute(app, context);
  noticeRoutes(app, context);
  noticeDeliveryRoutes(app, context);
  noticeTemplateRoutes(app, context);
  noticeLinkRoutes(app, context);
  absenceRoutes(app, context);
  homeRoutes(app, context);
  void app.register((registers, _options, done) => {
    registerPages(registers, context);
    done();
  });
  aboutRoutes(app, context);
  transparencyRoutes(app, context);
}

function registerPages(app: FastifyInstance, context: ConsoleContext): void {
  onlyWholeOrganisation(app, context);
  computerListRoutes(app, context);
  computerRoutes(app, context);
  computerSoftwareRoutes(app, context);
  computerImportRoutes(app, context);
  networkRoutes(app, context);
  mediaListRoutes(app, context);
  mediumRoutes(app, context);
  mediaIssueRoutes(app, context);
  softwareListRoutes(app, context);
  softwareRoutes(app, context);
  lostRoutes(app, context);
  enrolmentRoutes(app, context);
  retentionRoutes(app, context);
  healthRoutes(app, context);
  updatesRoutes(app, context);
  exportRoutes(app, context);
  disclosureRoutes(app, context);
  reportRoutes(app, context);
}
