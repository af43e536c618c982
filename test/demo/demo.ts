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
import { randomOf } from '../fakes/random.ts';
import type { SimulatedAgent } from '../fakes/simulated-agent.ts';
import type { DemoComputer } from './computers.ts';
import { eventsOf } from './days.ts';
import { askForPermissions, type Desk, handleAlerts, issueSticks, keepRegisters, openDesk } from './desk.ts';
import type { Estate } from './estates.ts';

const dayMilliseconds = 24 * 3_600_000;
const daysShown = 90;
/** For every account of the demonstration; nothing in it is anybody's. */
export const demoPassword = 'copper lantern meadow 27';

/** A clock that can be set back, so that the collector lives through the days that are played to it. */
export interface DemoClock extends Clock {
  set(ago: number): void;
}

export function demoClock(): DemoClock {
  let ago = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() - ago,
    set: (milliseconds) => {
      ago = milliseconds;
    },
  };
}

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
  const today = Math.floor(systemClock.now() / dayMilliseconds) * dayMilliseconds;
  clock.set(systemClock.now() - (today - days * dayMilliseconds));
  const passwords = passwordProfile('cyber-essentials', estate.organisation);
  const desk = await openDesk(estate, { store, clock, hasher: passwordHasher(), passwords }, demoPassword);
  await issueSticks(desk, clock.now());
  const played = await enrolAll(collector, estate, clock, progress);
  const policy = (await currentPolicy(store))?.policy;
  if (!policy) throw new TypeError('the collector has no policy');
  const standing = { register: await registerEntries(store), approvals: [], codes: [] };
  const random = randomOf(5);
  for (let ago = days; ago >= 0; ago -= 1) {
    progress(`${days - ago} of ${days} days`);
    const start = today - ago * dayMilliseconds;
    // Days that are over are told in the evening, today until now.
    if (ago > 0) clock.set(systemClock.now() - (start + 22 * 3_600_000));
    else clock.set(0);
    const day = { ago, oldest: days, standing, now: clock.now(), policy, start };
    await Promise.all(played.map(({ computer, agent }) => report(agent, eventsOf(computer, day))));
    silence(played, ago);
    if (ago > 0) await handleAlerts(desk, clock.now(), random, ago < 10);
  }
  await finish(desk, policy);
  return keepTalking(played);
}

async function finish(desk: Desk, policy: Parameters<typeof askForPermissions>[1]): Promise<void> {
  const now = systemClock.now();
  await keepRegisters(desk, now);
  await askForPermissions(desk, policy, now);
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
