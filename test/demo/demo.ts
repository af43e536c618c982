import { type Clock, isoTime, systemClock } from '#shared/clock.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { enrolmentCode } from '#shared/protocol/protocol.ts';
import { passwordHasher } from '../../collector/accounts/password-hash.ts';
import { passwordProfile } from '../../collector/accounts/password-profiles.ts';
import { createToken } from '../../collector/gateway/tokens.ts';
import type { Collector } from '../../collector/main.ts';
import { currentPolicy } from '../../collector/policies/policies.ts';
import { registerEntries } from '../../collector/register/media.ts';
import { enrolled } from '../estate/enrol.ts';
import { heartbeats } from '../estate/heartbeats.ts';
import { type Random, randomOf } from '../fakes/random.ts';
import type { SimulatedAgent } from '../fakes/simulated-agent.ts';
import type { DemoComputer } from './computers.ts';
import { eventsOf } from './days.ts';
import { type Desk, handleAlerts, issueSticks, keepRegisters, openDesk } from './desk.ts';
import type { Estate } from './estates.ts';
import { handleIncidents } from './incidents.ts';
import { answerNotices } from './notices.ts';
import { goLive, keepPapers, reviewAccounts } from './papers.ts';
import { permissions } from './permissions.ts';

const dayMilliseconds = 24 * 3_600_000;
const daysShown = 90;
/** Last days on which the collector's jobs run each day; what is older they catch up with now and then, which is quicker. */
const dailyWork = 14;
/** For every account of the demonstration; nothing in it is anybody's. */
export const demoPassword = 'copper lantern meadow 27';

/** A clock that can be set back, so that the collector lives through the days that are played to it. */
export interface DemoClock extends Clock {
  set(ago: number): void;
}

/** Begins on the first morning that is shown. */
export function demoClock(days = daysShown): DemoClock {
  let ago = systemClock.now() - morningOf(startOfToday() - days * dayMilliseconds);
  return {
    ...systemClock,
    now: () => systemClock.now() - ago,
    set: (milliseconds) => {
      ago = milliseconds;
    },
  };
}

const startOfToday = () => Math.floor(systemClock.now() / dayMilliseconds) * dayMilliseconds;
const morningOf = (midnight: number) => midnight + 7.5 * 3_600_000;
/** After the last event of a day. */
const eveningOf = (midnight: number) => midnight + 18.25 * 3_600_000;

interface Played {
  computer: DemoComputer;
  agent: SimulatedAgent;
}

/**
 * Plays 90 days of an estate into a running collector, through its own socket, and what people did meanwhile.
 * @returns the agents, which stay connected, and what ends them
 */
export async function playDemo(
  collector: Collector,
  estate: Estate,
  clock: DemoClock,
  { days = daysShown, progress }: { days?: number; progress(text: string): void },
): Promise<{ stop(): void }> {
  const { store } = collector.context;
  const today = startOfToday();
  const passwords = passwordProfile('cyber-essentials', estate.organisation);
  const desk = await openDesk(estate, { store, clock, hasher: passwordHasher(), passwords }, demoPassword);
  await goLive(desk, clock.now());
  await issueSticks(desk, clock.now());
  const played = await enrolAll(collector, estate, clock, progress);
  const policy = (await currentPolicy(store))?.policy;
  if (!policy) throw new TypeError('the collector has no policy');
  const standing = { register: await registerEntries(store), approvals: [], codes: [] };
  const random = randomOf(5);
  const asked = permissions(desk, policy, days);
  for (let ago = days; ago >= 0; ago -= 1) {
    progress(`${days - ago} of ${days} days`);
    const start = today - ago * dayMilliseconds;
    // Days that are over are told in the evening, today until now.
    if (ago > 0) clock.set(systemClock.now() - eveningOf(start));
    else clock.set(0);
    const day = { ago, oldest: days, standing, now: clock.now(), policy, start };
    await Promise.all(played.map(({ computer, agent }) => report(agent, eventsOf(computer, day))));
    silence(played, ago);
    if (ago <= dailyWork || ago % 7 === 0) await collector.work();
    if (ago > 0) {
      await evening(desk, clock, random, ago);
      await asked.evening(ago, clock.now());
    }
  }
  await finish(desk);
  await collector.work();
  return keepTalking(played);
}

/** What people do about what a day brought. */
async function evening(desk: Desk, clock: Clock, random: Random, ago: number): Promise<void> {
  const now = clock.now();
  await handleAlerts(desk, now, random, ago < 10);
  await answerNotices(desk, now, random);
  await handleIncidents(desk, now);
  if (ago === reviewAgo) await reviewAccounts(desk, clock);
}

/** Days before today on which the accounts were reviewed. */
const reviewAgo = 5;

async function finish(desk: Desk): Promise<void> {
  const now = systemClock.now();
  await keepRegisters(desk, now);
  await keepPapers(desk, now);
}

async function enrolAll(
  { url, certificate, context }: Collector,
  { computers }: Estate,
  clock: Clock,
  progress: (text: string) => void,
) {
  const code = enrolmentCode(
    await createToken(context.store, clock.now(), { note: 'First rollout', uses: computers.length }),
    certificate.fingerprint,
  );
  const played: Played[] = [];
  const agents = enrolled({ url, codes: [code], hostnames: computers.map(({ inventory }) => inventory.hostname) });
  for (const computer of computers) {
    progress(`enrolling ${played.length + 1} of ${computers.length}`);
    const { value: agent } = await agents.next();
    if (!agent) break;
    await agent.connect();
    played.push({ computer, agent });
  }
  return played;
}

async function report(agent: SimulatedAgent, events: readonly Omit<PortcullisEvent, 'seq'>[]): Promise<void> {
  if (events.length === 0) return;
  const left = [...events];
  const batch = agent.prepare((seq) => ({ seq, ...left.shift() }) as PortcullisEvent, events.length);
  await agent.send([batch], 1);
}

function silence(played: readonly Played[], ago: number): void {
  for (const { computer, agent } of played) if (computer.silentAgo > 0 && computer.silentAgo === ago) agent.close();
}

/** The agents say every half minute that they are there, as real ones do. */
function keepTalking(played: readonly Played[]): { stop(): void } {
  const talking = played
    .filter(({ computer }) => computer.silentAgo === 0)
    .map(({ computer, agent }) => ({ tell: () => agent.tell(statusOf(computer.index)) }));
  for (const one of talking) one.tell();
  const silence = heartbeats(talking);
  return {
    stop() {
      silence();
      for (const { agent } of played) agent.close();
    },
  };
}

function statusOf(index: number) {
  if (index !== 12) return {};
  const oldest = isoTime(systemClock.now() - 5 * 3_600_000);
  return { spool: { events: 1240, bytes: 620_000, oldest }, conditions: ['spool-nearly-full' as const] };
}
