import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentHome } from '../../agent/home.ts';
import { type Identity, readIdentity, writeIdentity } from '../../agent/identity.ts';
import { policyKeeper } from '../../agent/policy/keeper.ts';
import { enrol } from '../../agent/uplink/enrol.ts';
import { realCollector } from '../fakes/real-collector.ts';

/** Agents of each ground. */
export const agentCount = 2;

/** Sets up one collector and its agents, to be copied for every seed: setting up takes longer than most faults. */
export async function makeTemplate(folder: string): Promise<void> {
  const collector = await realCollector({ folder: join(folder, 'collector'), organisation: 'Example Care' });
  for (let index = 0; index < agentCount; index += 1) {
    const home = agentHome(join(folder, `agent-${index}`));
    const hostname = `FAULT-${index}`;
    const asked = { url: collector.url, code: await collector.code(), hostname, version: '0.1.0', proxyEnv: {} };
    const { identity, policy } = await enrol(asked);
    policyKeeper(home.policy, identity.collector.key, identity.organisation).accept(policy);
    writeIdentity(home.identity, identity);
  }
  await collector.stop();
}

/** Copies the template. @param port at which its agents find the collector */
export function copyTemplate(from: string, to: string, port: number): void {
  cpSync(from, to, { recursive: true });
  for (let index = 0; index < agentCount; index += 1) {
    const { identity: file } = agentHome(join(to, `agent-${index}`));
    const identity: Identity = readIdentity(file);
    writeIdentity(file, { ...identity, collector: { ...identity.collector, url: `https://127.0.0.1:${port}` } });
  }
}

/** Changes the collector's settings before it is started. */
export function changeSettings(home: string, members: Record<string, unknown>): void {
  const file = join(home, 'settings.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...members }));
}
