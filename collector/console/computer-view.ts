import type { Computer, ListedComputer } from '../register/computer-list.ts';
import { conditionWords, osWords } from './facts/agent.ts';
import type { Tag } from './severity.ts';
import { counted, duration, type Moment, moment } from './words.ts';

/** An agent reports every 30 seconds; three reports missed and it is no longer called connected. Milliseconds. */
const connectedFor = 100_000;
/** Longer than a night or a day off: somebody should ask where the computer is. Milliseconds. */
const silentAfter = 3 * 24 * 3_600_000;

export type Presence = 'connected' | 'away' | 'silent' | 'never' | 'retired';

export function presenceOf(computer: Pick<Computer, 'state' | 'lastSeenAt'>, now: number): Presence {
  if (computer.state === 'retired') return 'retired';
  if (computer.lastSeenAt === null) return 'never';
  const since = now - computer.lastSeenAt;
  if (since < connectedFor) return 'connected';
  return since < silentAfter ? 'away' : 'silent';
}

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

/** Everything about a computer that somebody should look into, in plain words. Empty when all is well. */
export function concerns(computer: Computer, presence: Presence): string[] {
  if (presence === 'retired') return [];
  const states = computer.coverage?.map((coverage) => coverage.state) ?? [];
  const failed = states.filter((state) => state === 'failed').length;
  const degraded = states.filter((state) => state === 'degraded').length;
  return [
    ...(computer.status?.conditions.map(conditionWords) ?? []),
    ...(failed > 0 ? [`${counted(failed, 'area')} not watched because of a fault`] : []),
    ...(degraded > 0 ? [`${counted(degraded, 'area')} watched in a poorer way`] : []),
  ];
}

export interface ComputerRow {
  href: string;
  hostname: string;
  os: string;
  agentVersion: string;
  policyVersion: string;
  presence: Tag;
  seen: Moment | undefined;
  concerns: string[];
  alerts: { text: string; href: string } | undefined;
}

export function computerRow(computer: ListedComputer, presence: Presence, alertsHref: string): ComputerRow {
  return {
    href: `/computers/${computer.id}`,
    hostname: computer.hostname,
    os: systemWords(computer),
    agentVersion: computer.agentVersion ?? 'Unknown',
    policyVersion: versionWords(computer.policyVersion),
    presence: presenceTag(presence),
    seen: computer.lastSeenAt === null ? undefined : moment(computer.lastSeenAt),
    concerns: concerns(computer, presence),
    alerts: computer.openAlerts === 0 ? undefined : { text: counted(computer.openAlerts, 'alert'), href: alertsHref },
  };
}

export function systemWords({ inventory, os }: Computer): string {
  if (inventory) return `${inventory.osName} ${inventory.osVersion}`;
  return os === null ? 'Unknown' : osWords(os);
}

export function versionWords(version: number | null): string {
  if (version === null) return 'Unknown';
  return version === 0 ? 'None yet' : String(version);
}

/** What still lies on the computer: `No events`, `214 events, the oldest from 3 hours ago`. */
export function backlogWords({ status }: Computer, now: number): string {
  if (!status) return 'Unknown';
  const { events, oldest } = status.spool;
  if (events === 0) return 'No events are waiting';
  const waiting = `${counted(events, 'event')} waiting`;
  return oldest === undefined ? waiting : `${waiting}, the oldest since ${duration(now - Date.parse(oldest))}`;
}
