import type { Coverage } from '#shared/events/agent.ts';
import type { AssetDetails } from '../register/asset-details.ts';
import type { Computer } from '../register/computer.ts';
import type { ListedComputer } from '../register/computer-list.ts';
import type { Presence } from '../register/presence.ts';
import type { Behind, Drift } from '../register/versions.ts';
import { conditionWords, osWords } from './facts/agent.ts';
import type { Tag } from './severity.ts';
import { counted, duration } from './words.ts';

const presenceTags: Record<Presence, Tag> = {
  connected: { text: 'Connected', colour: 'green' },
  away: { text: 'Not connected', colour: 'grey' },
  silent: { text: 'Silent', colour: 'red' },
  never: { text: 'Never seen', colour: 'yellow' },
  retired: { text: 'Retired', colour: 'grey' },
};

export function presenceTag(presence: Presence): Tag {
  return presenceTags[presence];
}

export const disposalWords: Record<AssetDetails['disposal'], string> = {
  'in-use': 'In use',
  'in-store': 'In store',
  'for-disposal': 'Waiting for disposal',
  disposed: 'Disposed of',
  lost: 'Lost or stolen',
};

/** Everything about a computer that somebody should look into, in plain words. Empty when all is well. */
export function concerns(computer: Computer, presence: Presence): string[] {
  if (presence === 'retired') return [];
  const inState = (state: Coverage['state']) => computer.coverage?.filter((one) => one.state === state).length ?? 0;
  return [
    ...(computer.status?.conditions.map(conditionWords) ?? []),
    ...areaWords(inState('failed'), inState('degraded')),
  ];
}

/** The same for a line of the list, which knows numbers only. */
export function troubleWords(computer: ListedComputer): string[] {
  if (computer.state === 'retired') return [];
  const { conditions, spool_events } = computer;
  return [
    ...(conditions > 0 ? [counted(conditions, 'condition of the agent', 'conditions of the agent')] : []),
    ...areaWords(computer.areas_failed, 0),
    ...(spool_events !== null && spool_events >= backlogWorth
      ? [`${counted(spool_events, 'event')} not sent yet`]
      : []),
  ];
}

/** Fewer are on their way at any moment. */
const backlogWorth = 500;

/** What of a computer is older than it should be: `The agent is behind version 0.2.0 for 3 days`. */
export function driftWords({ agent, policy }: Drift, now: number): string[] {
  const since = (behind: Behind) => duration(Math.max(0, now - behind.since));
  return [
    ...(agent ? [`The agent has been behind version ${agent.newest} for ${since(agent)}`] : []),
    ...(policy ? [`Its policy has been behind version ${policy.newest} for ${since(policy)}`] : []),
  ];
}

function areaWords(failed: number, degraded: number): string[] {
  return [
    ...(failed > 0 ? [`${counted(failed, 'area')} not watched because of a fault`] : []),
    ...(degraded > 0 ? [`${counted(degraded, 'area')} watched in a poorer way`] : []),
  ];
}

/** How a computer's drives stand, of the worst first. */
export function driveTag({ drives, plain_drives, unknown_drives }: ListedComputer): Tag {
  if (plain_drives > 0)
    return { text: plain_drives === drives ? 'Not encrypted' : `${plain_drives} of ${drives} not`, colour: 'red' };
  if (drives === 0 || unknown_drives > 0) return { text: 'Unknown', colour: 'yellow' };
  return { text: 'Encrypted', colour: 'green' };
}

export function systemWords({ inventory, os }: Pick<Computer, 'inventory' | 'os'>): string {
  if (inventory) return `${inventory.osName} ${inventory.osVersion}`;
  return os === null ? 'Unknown' : osWords(os);
}

export function versionWords(version: number | null): string {
  if (version === null) return 'Unknown';
  return version === 0 ? 'None yet' : String(version);
}

/** What still lies on the computer: `214 events waiting, the oldest since 3 hours`. */
export function backlogWords({ status }: Pick<Computer, 'status'>, now: number): string {
  if (!status) return 'Unknown';
  const { events, oldest } = status.spool;
  if (events === 0) return 'No events are waiting';
  const waiting = `${counted(events, 'event')} waiting`;
  return oldest === undefined ? waiting : `${waiting}, the oldest for ${duration(now - Date.parse(oldest))}`;
}

/** `Laptop`, `Not portable`, and who says so. */
export function portableWords(said: AssetDetails['portable'], found: boolean | undefined): string {
  if (said !== '') return said === 'yes' ? 'Yes, by hand' : 'No, by hand';
  return found === undefined ? 'Could not be told; say it in the details' : found ? 'Yes' : 'No';
}
