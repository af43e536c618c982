import { limits } from '#shared/protocol/protocol.ts';

/** Lets everybody say once a heartbeat how it is, spread evenly over it as chance spreads real ones. @returns what ends it */
export function heartbeats(agents: readonly { tell(): void }[]): () => void {
  const tickMilliseconds = 250;
  const perTick = (agents.length * tickMilliseconds) / limits.heartbeatMilliseconds;
  let due = 0;
  let told = 0;
  const timer = setInterval(() => {
    for (due += perTick; told < due; told += 1) agents[told % agents.length]?.tell();
  }, tickMilliseconds);
  return () => clearInterval(timer);
}
