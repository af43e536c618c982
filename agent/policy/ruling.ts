import type { Agent } from 'node:https';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Clock } from '#shared/clock.ts';
import { errorCode, type InvalidError } from '#shared/errors.ts';
import type { EventData, EventKind } from '#shared/events/kinds.ts';
import type { Decision } from '#shared/policy/decision.ts';
import type { Facts } from '#shared/policy/facts.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { isReportOnly } from '#shared/policy/weigh.ts';
import { type PolicyNotice, paths, type StandingNotice } from '#shared/protocol/protocol.ts';
import type { Circumstances } from '../decisions.ts';
import type { AgentHome } from '../home.ts';
import type { Identity } from '../identity.ts';
import type { Platform } from '../platform/platform.ts';
import type { Judged } from '../recorder.ts';
import type { Memory } from '../spool/spool.ts';
import type { Change } from '../watchers/watcher.ts';
import { type CodeKeeper, codeKeeper } from './codes.ts';
import { type DecisionKeeper, decisionKeeper } from './decision-keeper.ts';
import { type Fetcher, fetcher } from './fetch.ts';
import { type PolicyKeeper, policyKeeper } from './keeper.ts';
import { networkFacts } from './network-facts.ts';
import { presenceKeeper } from './presence-keeper.ts';
import { type StandingKeeper, standingKeeper } from './standing-keeper.ts';
import { nextTurn, standingNow } from './standing-now.ts';

export type Tampering = EventData<'agent.tampered'>;

export interface RulingParts {
  home: AgentHome;
  identity: Identity;
  platform: Pick<Platform, 'bootId' | 'uptimeMilliseconds' | 'presence'>;
  clock: Clock;
  log: Logger;
  https: Agent;
  random(): number;
  recall(name: string): unknown;
  /** Puts events and memories on the disk. */
  keep(changes: readonly Judged[], ...memories: readonly Memory[]): void;
  /** Carries decisions out before they are recorded. See `Control.act`. */
  act?(changes: readonly Change[]): Promise<readonly Change[]>;
  /** Another policy or standing holds, or something of it began or ended: look again at what depends on it. */
  changed(what: 'policy' | 'standing'): void;
  /** Says whether the last document that came was refused. */
  refused(condition: 'policy-refused' | 'standing-refused', raised: boolean, because: string): void;
}

/** Everything that decides what devices may do on this computer, and what keeps it up to date. */
export interface Ruling {
  policy: PolicyKeeper;
  decisions: DecisionKeeper;
  /** Whether what is decided is also carried out at this moment; the same for all devices. */
  mode(): Decision['mode'];
  codes: CodeKeeper;
  /** What the collector told of how things stand, with the codes typed in here. Null: neither is known. */
  standing(): Standing | null;
  /** Reads policy and standing from the disk. @returns what of them another hand had changed */
  load(): Tampering[];
  /** Decides at once what is connected, and from then on whenever something turns. After the watchers' first look. */
  start(): void;
  stop(): void;
  /** To be called now and then: puts back files that were changed, and decides anew. */
  check(): void;
  policyExists(notice: PolicyNotice, token: string): void;
  standingExists(notice: StandingNotice, token: string): void;
}

/** What is done to files has an actor of its own, or none that could be told. */
const ofDevices: ReadonlySet<EventKind> = new Set<EventKind>([
  'media.attached',
  'media.changed',
  'media.mounted',
  'media.unmounted',
  'media.removed',
  'media.decided',
]);

export function ruling(parts: RulingParts): Ruling {
  const { home, identity, clock, log, recall, changed } = parts;
  const { key, url } = identity.collector;
  const policy = policyKeeper(home.policy, key, identity.organisation);
  const standing = standingKeeper(home.standing, key, identity.computerId);
  const presence = presenceKeeper(parts.platform.presence, clock, turn);
  const codes: CodeKeeper = codeKeeper({
    secret: identity.codeSecret,
    computerId: identity.computerId,
    clock,
    platform: parts.platform,
    recall,
    record: keep,
    cancelled: () => standing.current()?.cancelled ?? [],
  });
  const now = () => standingNow(standing, codes);
  const decisions = decisionKeeper({
    policy: policy.current,
    circumstances,
    recall,
    record: keep,
    ...(parts.act && { act: parts.act }),
  });
  let timer: NodeJS.Timeout | undefined;
  /** When something of the standing begins or ends next; milliseconds since 1970. */
  let turnsAt = Number.POSITIVE_INFINITY;
  let running = false;
  let portable: boolean | undefined;

  function circumstances(): Circumstances {
    const told = now();
    const { person, network } = presence.current();
    const net = networkFacts(policy.current()?.policy.network, network);
    return {
      now: clock.now(),
      standing: told,
      computer: { ...computerFacts(), ...told?.computer },
      ...(person && { user: person }),
      ...(net && { network: net }),
    };
  }

  function computerFacts(): NonNullable<Facts['computer']> {
    return { id: identity.computerId, hostname: hostname(), ...(portable !== undefined && { portable }) };
  }

  /** Puts on the disk, and says of devices who was at the computer when they came and went. */
  function keep(changes: readonly Judged[], ...memories: readonly Memory[]): void {
    const user = presence.current().person?.name;
    const told = (change: Judged): Judged =>
      user === undefined || change.actor || !ofDevices.has(change.kind) ? change : { ...change, actor: { user } };
    parts.keep(changes.map(told), ...memories);
  }

  /** What holds may be other than a moment ago. */
  function turn(): void {
    if (!running) return;
    // Once it is known it stays so; not asked at every decision, for which somebody may be waiting.
    portable ??= portableOf(recall('inventory'));
    clearTimeout(timer);
    const failed = (error: unknown) => log.error({ code: errorCode(error) }, 'devices could not be decided anew');
    try {
      codes.settle();
      decisions.decideAgain().catch(failed);
    } catch (error) {
      failed(error);
    }
    const hasTurned = clock.now() >= turnsAt;
    turnsAt = nextTurn(now(), clock.now());
    // A little after, so that the moment has come by every clock.
    timer = setTimeout(turn, turnsAt - clock.now() + 1);
    timer.unref();
    if (hasTurned) changed('standing');
  }

  function documentFetcher<N extends { version: number }>(
    what: 'policy' | 'standing',
    keeper: PolicyKeeper | StandingKeeper,
    isInForce: (notice: N) => boolean,
  ): Fetcher<N> {
    const condition = `${what}-refused` as const;
    return fetcher<N>({
      what,
      url: new URL(paths[what], url),
      agent: parts.https,
      log,
      random: parts.random,
      isInForce,
      accept(body) {
        const { version } = keeper.accept(body);
        log.info({ [what]: version }, `${what} in force`);
        parts.refused(condition, false, 'What the collector sent last was taken over.');
        turn();
        changed(what);
      },
      refused: (error: InvalidError) => parts.refused(condition, true, error.message.slice(0, 250)),
    });
  }

  const policyFetcher = documentFetcher<PolicyNotice>(
    'policy',
    policy,
    (notice) => notice.sha256 === policy.current()?.sha256,
  );
  const standingFetcher = documentFetcher<StandingNotice>(
    'standing',
    standing,
    (notice) => notice.version === standing.current()?.version,
  );

  return {
    policy,
    decisions,
    mode() {
      const inForce = policy.current();
      return inForce === null || isReportOnly(inForce, clock.now()) ? 'report' : 'enforce';
    },
    codes,
    standing: now,
    load: () => [...tampering('policy-file', policy.load()), ...tampering('standing-file', standing.load())],
    start() {
      running = true;
      presence.start();
      turn();
    },
    stop() {
      running = false;
      presence.stop();
      clearTimeout(timer);
      policyFetcher.stop();
      standingFetcher.stop();
    },
    check() {
      const found = [...tampering('policy-file', policy.guard()), ...tampering('standing-file', standing.guard())];
      if (found.length > 0) keep(found.map((data): Change => ({ kind: 'agent.tampered', data })));
      turn();
    },
    policyExists: policyFetcher.exists,
    standingExists: standingFetcher.exists,
  };
}

function tampering(what: Tampering['what'], because: string | undefined): Tampering[] {
  return because === undefined ? [] : [{ what, because: because.slice(0, 250) }];
}

function portableOf(inventory: unknown): boolean | undefined {
  const portable =
    typeof inventory === 'object' && inventory && 'portable' in inventory ? inventory.portable : undefined;
  return typeof portable === 'boolean' ? portable : undefined;
}
