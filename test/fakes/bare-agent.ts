import { uptime } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#shared/clock.ts';
import { makeLog } from '#shared/logging.ts';
import { agentHome } from '../../agent/home.ts';
import { readIdentity } from '../../agent/identity.ts';
import { type AgentOptions, startAgent } from '../../agent/main.ts';
import { barePlatform } from '../../agent/platform/bare.ts';
import type { Platform } from '../../agent/platform/platform.ts';

/** The real agent in this process with no watchers but these, until SIGTERM. @param folder the agent's, enrolled already */
export async function runBareAgent(
  folder: string,
  watchers: Partial<Platform['watchers']>,
  more: Pick<AgentOptions, 'bounds'> = {},
): Promise<void> {
  const home = agentHome(folder);
  const bare = barePlatform('linux', 'Not part of this test.', {
    uptimeMilliseconds: () => Math.round(uptime() * 1000),
    startedAt: Date.now(),
  });
  const agent = await startAgent({
    home,
    identity: readIdentity(home.identity),
    platform: { ...bare, watchers: { ...bare.watchers, ...watchers } },
    clock: systemClock,
    log: makeLog('info', join(folder, 'agent.log')),
    version: '0.1.0',
    proxyEnv: {},
    ...more,
  });
  process.once('SIGTERM', () => {
    agent.stop('SIGTERM').then(
      () => process.disconnect?.(),
      () => process.exit(70),
    );
  });
}
