import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { type Clock, isoTime } from '#shared/clock.ts';
import { errorCode } from '#shared/errors.ts';
import type { ConditionName, Stopper } from '#shared/events/agent.ts';
import { signer } from '#shared/identity.ts';
import { identifierSettings } from '#shared/policy/identifiers.ts';
import type { Status } from '#shared/protocol/protocol.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { enforcementControl } from './enforcement/control.ts';
import { checkHealth } from './health/checks.ts';
import { clockWatch } from './health/clock-watch.ts';
import { collectorBehind } from './health/collector-behind.ts';
import { conditions } from './health/conditions.ts';
import { inventoryKeeper } from './health/inventory.ts';
import { ownFilesWatch } from './health/own-files-watch.ts';
import { runHistory } from './health/run-history.ts';
import { statusFile } from './health/status-file.ts';
import type { AgentHome } from './home.ts';
import { type MakeInspector, inspections as makeInspections } from './identifiers/inspections.ts';
import { openSeen } from './identifiers/seen.ts';
import type { Identity } from './identity.ts';
import { doorOf } from './local/address.ts';
import { localAnswers } from './local/requests.ts';
import { localServer } from './local/server.ts';
import { takeLock } from './lock.ts';
import type { Platform } from './platform/platform.ts';
import { ruling as makeRuling } from './policy/ruling.ts';
import { recorder as makeRecorder } from './recorder.ts';
import { rehearse, thorough } from './rehearsal.ts';
import { openSpoolDatabase } from './spool/database.ts';
import { sequenceReserve } from './spool/reserve.ts';
import { spool as makeSpool, type SpoolBounds } from './spool/spool.ts';
import { trialKeeper } from './update/trial.ts';
import { updater } from './update/updater.ts';
import { versionsIn } from './update/versions.ts';
import { type ProxyEnvironment, trustingAgent } from './uplink/trust.ts';
import { type Connection, uplink } from './uplink/uplink.ts';
import { allWatchers } from './watchers/all.ts';

export interface AgentOptions {
  home: AgentHome;
  identity: Identity;
  platform: Platform;
  clock: Clock;
  log: Logger;
  version: string;
  bounds?: SpoolBounds;
  proxyEnv: ProxyEnvironment;
  /** Makes what counts identifiers in files; absent: files are not looked into. */
  makeInspector?: MakeInspector;
  /** Where the program lies, whose files are looked at now and then; absent: they are not. */
  programFolder?: string;
  /** Says that something started this agent which can start another version, and how to end it in order. */
  updates?: { base: string; restart(because: string): void };
  /** Folder of the door for people at this computer; absent: there is none. */
  runFolder?: string;
}

export interface RunningAgent {
  /** Records the end, closes the connection and the spool. */
  stop(because: string, by?: Stopper): Promise<void>;
}

const day = 24 * 60 * 60 * 1000;
const usualBounds: SpoolBounds = { bytes: 256 * 1024 * 1024, age: 90 * day };
const healthMilliseconds = 60_000;
const clockTolerance = 5 * 60_000;

/** Puts the agent together and starts it: platform → watchers → policy → recorder → spool → uplink. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const {
    home,
    identity,
    platform,
    clock,
    log,
    version,
    bounds = usualBounds,
    proxyEnv,
    runFolder,
    programFolder,
    updates,
    makeInspector,
  } = options;
  const lock = takeLock(home.lock);
  const computerSigner = signer(identity.privateKeyPem);
  const { spool, lost, gone: spoolGone } = openSpool(options, computerSigner.publicKey, bounds);
  const https = trustingAgent(identity.collector, proxyEnv);
  const status = statusFile(home.status, log);
  const startedAt = isoTime(clock.now());
  const policyVersion = () => ruling.policy.current()?.version ?? 0;
  const door = runFolder === undefined ? undefined : doorOf(runFolder, platform.os);
  let waitedWhenTold = 0;
  let connection: Connection = { state: 'waiting', since: startedAt };

  const recorder = makeRecorder({ spool, platform, clock, recorded: () => link.pump() });
  const ruling = makeRuling({
    home,
    identity,
    platform,
    clock,
    log,
    https,
    random: Math.random,
    recall: (name) => spool.recall(name),
    keep: recorder.record,
    act: (changes) => control.act(changes),
    changed(what) {
      if (what === 'policy') {
        lookAfterHealth();
        tell();
        rehearse({ control, decisions: ruling.decisions, recorder }, thorough);
      }
      watchers.check().catch((error: unknown) => log.error({ code: errorCode(error) }, 'could not look again'));
    },
    refused: (condition, raised, because) => standing.set(condition, raised, because),
  });
  const { record } = ruling.decisions;
  const { load } = ruling;
  const ownPaths = [home.folder, import.meta.dirname, process.execPath];
  const control = enforcementControl({
    enforcement:
      typeof platform.enforcement === 'function'
        ? platform.enforcement({ clock, log, ownPaths })
        : platform.enforcement,
    decider: ruling.decisions.decider,
    policy: () => ruling.policy.current()?.policy,
    mode: ruling.mode,
    scanning: platform.scanning,
    record,
    monotonic: () => clock.monotonic(),
    log,
  });
  const recall = (name: string) => spool.recall(name);
  const history = runHistory({ spool, load, policyVersion, platform, version, lost, spoolGone, record });
  const clockMoves = clockWatch({
    mark: () => ({ at: clock.now(), uptime: platform.uptimeMilliseconds(), bootId: platform.bootId() }),
    recall,
    record,
  });
  const ownFiles = programFolder === undefined ? undefined : ownFilesWatch(programFolder, log, { recall, record });
  const standing = conditions((change) => {
    record([change]);
    tell();
  });
  /** The last is no event's business: a disk that takes none is the very trouble. */
  const troubles = (): ConditionName[] => [
    ...standing.raised(),
    ...(recorder.failing() ? (['spool-failed'] as const) : []),
  ];
  const inspections =
    makeInspector &&
    makeInspections({
      makeInspector,
      settings: () => identifierSettings(ruling.policy.current()?.policy ?? null),
      seen: openSeen(home.inspections, () => clock.now()),
      key: Buffer.from(identity.nameKey, 'base64url'),
      clock,
    });
  const watchers = allWatchers({
    platform,
    clock,
    log,
    policy: () => ruling.policy.current()?.policy ?? null,
    standing: ruling.standing,
    act: control.act,
    identify: control.identify,
    ...(inspections && { inspections }),
    attached: ruling.decisions.attached,
    alsoCovered: control.coverage,
    record: (name, changes, memory) => record(changes, memory === undefined ? undefined : { name, value: memory }),
    recall: (name) => spool.recall(name),
    coverageChanged(coverage) {
      record([{ kind: 'agent.coverage-changed', data: { coverage } }]);
      lookAfterHealth();
      tell();
    },
  });
  const inventory = inventoryKeeper({ platform, log, record, recall: (name) => spool.recall(name) });
  const link = uplink({
    url: identity.collector.url,
    agent: https,
    log,
    random: Math.random,
    spool,
    signer: computerSigner,
    computerId: identity.computerId,
    collectorKey: identity.collector.key,
    version,
    instance: uuidv7(clock.now()),
    now: () => clock.now(),
    status: (): Omit<Status, 'type'> => {
      const { events, bytes, oldest } = spool.figures();
      const waiting = { events, bytes, ...(oldest !== undefined && { oldest }) };
      return { policyVersion: policyVersion(), spool: waiting, conditions: troubles() };
    },
    clockDiffers(milliseconds) {
      clockMoves.look();
      clockMoves.heard(milliseconds);
      const seconds = Math.round(Math.abs(milliseconds) / 1000);
      const because = `This computer's clock and the collector's differ by ${seconds} seconds.`;
      standing.set('clock-differs', Math.abs(milliseconds) > clockTolerance, because);
    },
    behind: collectorBehind({ spool, record }),
    welcomed() {
      standing.set('refused-by-collector', false, 'The collector takes events again.');
      trial?.reported();
    },
    refused: ({ code }) => standing.set('refused-by-collector', true, `The collector said ${code}.`),
    policyExists: ruling.policyExists,
    standingExists(notice, token) {
      ruling.standingExists(notice, token);
      // Whoever changes what is rolled out says so in this way, too.
      releases.heard(token);
    },
    changed(change) {
      // Since when it is so, not since the last of many attempts.
      const since = change.state === connection.state ? connection.since : isoTime(clock.now());
      connection = { ...change, since };
      tell();
    },
  });

  const versions = updates && versionsIn(home.versions, updates.base);
  const trial = versions && trialKeeper({ versions, version, recall, record });
  const releases = updater({
    identity,
    platform: platform.os,
    arch: process.arch,
    version,
    https,
    log,
    random: Math.random,
    ...(updates && versions && trial && { taking: { versions, trial, restart: updates.restart } }),
  });

  const backlog = () => inspections?.backlog() ?? { files: 0, bytes: 0, longestMilliseconds: 0 };

  function lookAfterHealth(): void {
    checkHealth({
      conditions: standing,
      clock,
      spool,
      bounds,
      policy: ruling.policy.current,
      coverage: watchers.coverage,
      backlog,
    });
  }

  /** Says how the agent is doing, to people on this computer and to the collector. */
  function tell(): void {
    const { computerId, collector } = identity;
    const told = {
      version,
      startedAt,
      computerId,
      collector: collector.url,
      connection,
      policyVersion: policyVersion(),
      ...(door !== undefined && { door }),
    };
    const { files, bytes } = backlog();
    const inspection = { files, bytes };
    status.write({ pid: process.pid, ...told, conditions: troubles(), inspection, coverage: watchers.coverage() });
    waitedWhenTold = files;
    link.sendStatus();
  }

  history.started();
  trial?.settle();
  clockMoves.look();
  const health = setInterval(() => {
    try {
      spool.trim();
      clockMoves.look();
      ruling.check();
      lookAfterHealth();
      rehearse({ control, decisions: ruling.decisions, recorder });
      if (backlog().files !== waitedWhenTold) tell();
    } catch (error) {
      log.error({ code: errorCode(error) }, 'the health check failed');
    }
  }, healthMilliseconds);
  link.start();
  await watchers.start();
  ruling.start();
  const { codes, decisions } = ruling;
  const answer = localAnswers({ devices: decisions.devices, codes, redeemed: ruling.check });
  const local = door === undefined ? undefined : await localServer({ door, clock, log, answer });
  inventory.start();
  ownFiles?.start();
  rehearse({ control, decisions, recorder }, thorough);
  lookAfterHealth();
  tell();

  return {
    async stop(because, by = 'unknown') {
      clearInterval(health);
      ownFiles?.stop();
      releases.stop();
      await local?.stop();
      ruling.stop();
      inventory.stop();
      await watchers.stop();
      await inspections?.close();
      await control.stop();
      try {
        history.stopped(because, by);
        clockMoves.stop();
      } finally {
        await link.stop();
        https.destroy();
        spool.close();
        lock.release();
        status.remove();
      }
    },
  };
}

/** When the spool was damaged, or is gone, numbering goes on above everything that may have been used. */
function openSpool({ home, clock, platform }: AgentOptions, publicKey: string, bounds: SpoolBounds) {
  const reserve = sequenceReserve(home.sequence);
  const { reservedTo, storedSeq } = reserve.read();
  const gone = reservedTo > 0 && !existsSync(home.spool);
  const database = openSpoolDatabase(home.spool, clock.now());
  const run = () => ({ bootId: platform.bootId(), uptimeMs: platform.uptimeMilliseconds() });
  const spool = makeSpool(database, { publicKey, bounds, clock, run, reserve, restartAfter: reservedTo });
  const { headSeq } = spool.figures();
  // Numbers were used, and nothing is remembered of any run.
  const begunAnew = headSeq > 0 && spool.recall('run') === undefined;
  return { spool, gone, lost: begunAnew ? { storedSeq, reservedTo: headSeq } : undefined };
}
