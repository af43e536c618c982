import type { AddressInfo } from 'node:net';
import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '#shared/clock.ts';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { limits } from '#shared/protocol/protocol.ts';
import { productVersion } from '#shared/version.ts';
import { passwordHasher } from './accounts/password-hash.ts';
import { passwordProfile } from './accounts/password-profiles.ts';
import { createFirstAdministrator } from './accounts/passwords.ts';
import { sealSecondFactors } from './accounts/second-factor.ts';
import { openSecretBox } from './accounts/secret-box.ts';
import { singleSignOn } from './accounts/single-sign-on.ts';
import { changeFeed } from './api/change-feed.ts';
import { makeServer } from './api/server.ts';
import { consolePages } from './console/console.ts';
import { seenByWriter } from './console/seen.ts';
import type { CollectorContext } from './context.ts';
import { startableExports } from './exports/exports.ts';
import { type Certificate, loadCertificate } from './gateway/certificate.ts';
import { openGateway, type UnidentifiedBounds } from './gateway/gateway.ts';
import { batchReader } from './gateway/ingest.ts';
import { gatewayMetrics } from './gateway/metrics.ts';
import { agentRoutes } from './gateway/routes.ts';
import type { GatewayParts } from './gateway/session.ts';
import { sessions } from './gateway/sessions.ts';
import { type Allowance, throttle } from './gateway/throttle.ts';
import type { Home } from './home.ts';
import { openIncident } from './incidents/incidents.ts';
import { backupJob } from './jobs/backup-job.ts';
import { changeWatch } from './jobs/change-watch.ts';
import { incidentDrafts } from './jobs/incident-drafts.ts';
import { incidentTimes } from './jobs/incident-times.ts';
import { job } from './jobs/job.ts';
import { noticeDeliveryJob, noticePlanningJob } from './jobs/notice-jobs.ts';
import { reportJob } from './jobs/report-job.ts';
import { retentionJob } from './jobs/retention-job.ts';
import { silenceWatch } from './jobs/silence-watch.ts';
import { storeCheck } from './jobs/store-check.ts';
import { releaseLeases } from './notices/outbox.ts';
import { noticeParts } from './notices/set-up.ts';
import { policyInForce } from './policies/in-force.ts';
import { currentPolicy, type PublishedPolicy, profileText, publishPolicy } from './policies/policies.ts';
import { withSetting } from './policies/setting.ts';
import { standingSource } from './policies/standing.ts';
import { standingVersion } from './policies/standing-version.ts';
import { noteOwnVersion } from './register/versions.ts';
import { reportMaker } from './reports/report-maker.ts';
import { checkpoints } from './store/checkpoints.ts';
import { migrate, openStore, refuseDamaged } from './store/database.ts';
import { diskRoom, diskSpace, type ReadDiskSpace } from './store/disk-room.ts';
import { surveyInThread } from './store/survey.ts';
import { turns } from './store/turns.ts';
import { startWriter } from './store/writer.ts';
import { releaseOffers } from './updates/offers.ts';

export interface CollectorOptions {
  home: Home;
  clock: Clock;
  log: Logger;
  /** Address to listen on, and port; 0 takes a free one. */
  host: string;
  port: number;
  allowance?: Allowance;
  unidentified?: UnidentifiedBounds;
  /** Reads how much room a disk has. */
  readDiskSpace?: ReadDiskSpace;
}

/** A running collector. */
export interface Collector {
  url: string;
  certificate: Certificate;
  context: CollectorContext;
  /** Password of the first account, once: only when this start made it. */
  firstSignIn: { username: string; password: string } | null;
  /** The policy it started with. */
  policy: PublishedPolicy;
  /** Looks now for what other processes published or changed, and tells the agents; and how much room there is. */
  check(): Promise<void>;
  /** Does now what its jobs would do at their next look: notices, drafts of incidents, retention, reports, exports. */
  work(): Promise<void>;
  /** Looks now at the whole of the store, as it does once a day. */
  checkStore(): Promise<void>;
  stop(): Promise<void>;
}

/** Well above what one computer sends in a bad hour, well below what would crowd out a thousand others. */
const usualAllowance: Allowance = { eventsPerSecond: 5000, burst: 50_000 };
const usualUnidentified: UnidentifiedBounds = {
  total: 2000,
  perAddress: 200,
  milliseconds: limits.helloMilliseconds,
};

/**
 * Connections that the system holds until they are taken, where it allows so many. Of thousands that come at once, those
 * beyond the usual 511 would be reset, or left to knock again after 1, 3, 7 and more seconds.
 */
export const mostKnocking = 4096;

/** Puts the collector together and starts it. Everything it needs comes in here. */
export async function startCollector({
  home,
  clock,
  log,
  host,
  port,
  allowance = usualAllowance,
  unidentified = usualUnidentified,
  readDiskSpace = diskSpace,
}: CollectorOptions): Promise<Collector> {
  refuseDamaged(home.store);
  const writing = turns();
  const { store, close: closeStore } = openStore(home.store, { turns: writing });
  await migrate(store);
  await noteOwnVersion(store, productVersion(), clock.now());
  const published = await ownPolicy();
  const certificate = await loadCertificate(home, clock.now());
  const hasher = passwordHasher();
  const passwords = passwordProfile(home.passwordProfile, home.settings.organisation);
  const firstSignIn = await createFirstAdministrator({ store, clock, hasher, passwords });
  const secrets = openSecretBox(home.secondFactorKey);
  const lost = await sealSecondFactors(store, secrets);
  if (lost > 0) log.warn({ accounts: lost }, 'second factors cannot be read with the key of this home: reset them');
  const signOn = home.settings.signOn && singleSignOn(home.settings.signOn, home.signOnSecret);
  const { organisation, profile, mail, webhooks = [] } = home.settings;
  const notices = noticeParts({ ...home, organisation, mail, webhooks, signer: home.policySigner }, clock);
  await releaseLeases(store);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const failed = (error: unknown) => {
    log.fatal({ code: errorCode(error) }, 'the writer thread ended; until it runs again agents keep their events');
  };
  const writer = startWriter(home.store, failed, writing);
  const changes = changeFeed((error) => log.error({ code: errorCode(error) }, 'a listener failed'));
  const context: CollectorContext = { clock, log, store, changes };
  const room = diskRoom(home.store, readDiskSpace, (full) => {
    if (full) log.error('the disk is full: no more events are taken, agents keep them');
    else log.info('there is room on the disk again');
  });
  const roomJob = job({ log, everyMilliseconds: 10_000, failure: 'the disk could not be looked at', look: room.look });
  await roomJob
    .check()
    .catch((error: unknown) => log.error({ code: errorCode(error) }, 'the disk could not be looked at'));
  let inForce = policyInForce(published);
  let standing = await standingVersion(store);
  const live = sessions();
  const parts: GatewayParts = {
    ...context,
    writer,
    sessions: live,
    reader: batchReader(),
    room,
    metrics: gatewayMetrics(registry, () => writer.waiting()),
    policy: () => inForce,
    standing: standingSource(store, home.policySigner, clock),
    standingVersion: () => standing,
    collectorKey: home.policySigner.publicKey,
    offers: releaseOffers(store, clock, home.folder),
    throttle: () => throttle(allowance),
  };
  const exports = startableExports(context, { settings: home.exports, folder: home.folder, organisation });
  const plugins: FastifyPluginAsync[] = [
    agentRoutes(parts, home.settings.organisation),
    consolePages(context, {
      organisation: home.settings.organisation,
      otherConsoles: home.settings.otherConsoles,
      passwords,
      hasher,
      secrets,
      signOn,
      fingerprint: certificate.fingerprint,
      storeFile: home.store,
      diskSpace: readDiskSpace,
      recordSeen: seenByWriter(writer),
      signer: home.policySigner,
      exports: { settings: home.exports, running: exports },
      profile,
      notices: notices.site,
      openIncident,
    }),
  ];
  const app = await makeServer({ log, certificate, registry, ready, plugins });
  const gateway = openGateway(app.server, parts, unidentified);
  await listen();
  const address = app.server.address() as AddressInfo;
  log.info({ port: address.port }, 'collector listens');
  const watch = changeWatch({
    store,
    log,
    seen: () => ({ policy: inForce.version, standing }),
    changed(news) {
      if (news.policy) inForce = policyInForce(news.policy);
      standing = news.standing;
      const { version, sha256 } = inForce;
      const nudge = {
        type: 'nudge',
        ...(news.policy && { policy: { version, sha256 } }),
        standing: { version: standing },
      };
      for (const session of live.all()) session.send(nudge);
    },
  });
  const reports = reportJob({ store, clock, log, organisation, make: reportMaker(home.store) });
  const noticeJobs = { ...context, ...notices };
  const jobs = [
    watch,
    roomJob,
    noticePlanningJob(noticeJobs),
    noticeDeliveryJob(noticeJobs),
    incidentDrafts(context),
    incidentTimes(context),
    retentionJob(context),
    silenceWatch({ ...context, policy: () => inForce.published }),
    backupJob(context, home),
    checkpoints({ storeFile: home.store, turn: writing, log }),
    reports,
    exports,
  ];
  const survey = storeCheck({ ...context, survey: (calledOff) => surveyInThread(home.store, calledOff) });
  for (const one of [...jobs, survey]) one.start();

  /** The newest policy, once it names the organisation that agents are told at enrolment: they take no other's. */
  async function ownPolicy(): Promise<PublishedPolicy> {
    const { organisation, profile } = home.settings;
    const newest = await currentPolicy(store);
    if (newest?.signed.organisation === organisation) return newest;
    return publishPolicy(store, home.policySigner, {
      text: newest ? withSetting(newest.signed.text, 'organisation', organisation) : profileText(profile, organisation),
      reason: newest ? 'Names the organisation of this collector.' : 'The profile this collector was set up with.',
      publishedBy: 'init',
      now: clock.now(),
    });
  }

  async function ready(): Promise<boolean> {
    if (!writer.isRunning()) return false;
    return store
      .selectFrom('policies')
      .select('version')
      .limit(1)
      .executeTakeFirst()
      .then(Boolean, () => false);
  }

  async function listen(): Promise<void> {
    try {
      await app.listen({ host, port, backlog: mostKnocking });
    } catch (cause) {
      const code = errorCode(cause);
      if (code === 'EADDRINUSE')
        throw new PortcullisError('portInUse', `Port ${port} is in use. Set PORTCULLIS_PORT to a free one.`, { cause });
      throw cause;
    }
  }

  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    certificate,
    context,
    firstSignIn,
    policy: published,
    async check() {
      await watch.check();
      await roomJob.check();
    },
    async work() {
      for (const one of jobs) await one.check();
    },
    checkStore: survey.check,
    async stop() {
      await Promise.all([...jobs, survey].map((one) => one.stop()));
      await gateway.close();
      await app.close();
      await writer.close();
      await closeStore();
    },
  };
}
