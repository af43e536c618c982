import type { Command } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { exitStatus, print } from '#shared/command-line.ts';
import { listComputers } from '../register/computers-report.ts';
import { driftOf, wantedVersions } from '../register/versions.ts';
import { answer, columns, type Json, withStore } from './context.ts';

export function defineVersions(program: Command): void {
  program
    .command('versions')
    .description(
      'which computers run an older agent or policy, for how long, and what they do without. Status 1: some do',
    )
    .option('--json', 'as JSON')
    .action(versions);
}

async function versions({ json }: Json): Promise<void> {
  const found = await withStore(async (store) => {
    const wanted = await wantedVersions(store);
    const computers = (await listComputers(store)).filter(({ state }) => state === 'active');
    return computers.map(({ id, hostname, agentVersion, policyVersion, os, lastSeenAt }) => {
      const drift = driftOf({ agentVersion, policyVersion, os }, wanted);
      return { id, hostname, agentVersion, policyVersion, lastSeenAt, ...drift };
    });
  });
  const behind = found.filter(({ agent, policy }) => agent || policy);
  const days = (since: number) => `${Math.max(0, Math.floor((systemClock.now() - since) / 86_400_000))} days`;
  const text = () =>
    behind.length === 0
      ? `All ${found.length} computers run what they should.`
      : columns(
          behind.map(({ hostname, agentVersion, policyVersion, agent, policy }) => [
            hostname,
            agent ? `agent ${agentVersion}, not ${agent.newest}, for ${days(agent.since)}` : `agent ${agentVersion}`,
            policy
              ? `policy ${policyVersion}, not ${policy.newest}, for ${days(policy.since)}`
              : `policy ${policyVersion}`,
          ]),
        );
  print(answer(json, found, text));
  if (behind.length > 0) process.exitCode = exitStatus.foundOrRefused;
}
