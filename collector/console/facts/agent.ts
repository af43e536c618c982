import type {
  agentKinds,
  ConditionName,
  Coverage,
  CoveredName,
  Inventory,
  Stopper,
  UpdateFailure,
} from '#shared/events/agent.ts';
import type { EventOf } from '#shared/events/kinds.ts';
import { counted, moment, sentence, size } from '../words.ts';
import { type Fact, factList, type Story } from './fact.ts';

type AgentEvent = { [K in keyof typeof agentKinds]: EventOf<K> }[keyof typeof agentKinds];

export const watcherWords: Record<CoveredName, string> = {
  'removable-media': 'Removable media',
  'media-files': 'Files on removable media',
  'drive-encryption': 'Drive encryption',
  'document-saves': 'Saved documents',
  software: 'Software',
  posture: 'Protection of the computer',
  enforcement: 'Enforcement',
};

export const coverageStateWords: Record<Coverage['state'], string> = {
  watching: 'Watching',
  enforcing: 'Enforcing',
  idle: 'Possible, and not switched on',
  degraded: 'Watching in a poorer way',
  unsupported: 'Not possible here',
  failed: 'Failed',
};

/** Falls back on the bare word, because an agent may be newer than this page. */
export function conditionWords(name: ConditionName): string {
  const words: Partial<Record<ConditionName, string>> = {
    'watcher-failed': 'A watcher failed',
    'spool-nearly-full': 'The store of unsent events is nearly full',
    'spool-failed': 'The disk takes no more events',
    'policy-missing': 'No policy has arrived yet',
    'policy-expired': 'The policy has expired',
    'policy-refused': 'A policy was refused',
    'standing-refused': 'A media register was refused',
    'inspection-behind': 'Looking into files has fallen behind',
  };
  return words[name] ?? sentence(name);
}

const runsBefore = {
  first: 'First run here',
  clean: 'Ended in order',
  unclean: 'Did not end in order: killed, crashed, or the power went',
};
const systems = { linux: 'Linux', windows: 'Windows', darwin: 'macOS' };
const tampered = {
  'policy-file': 'The stored policy',
  'standing-file': 'The stored media register and approvals',
  spool: 'The store of unsent events',
  identity: 'The identity',
  enforcement: 'What was done about denied rights',
  service: 'The service: it was stopped by hand',
  'agent-files': 'Files of the agent',
  clock: 'The clock of the computer',
};
const stoppedBy: Record<Stopper, string | undefined> = {
  package: 'A package that was installed or removed',
  update: 'The agent itself, to start a newer one',
  shutdown: 'The computer going down',
  hand: 'Somebody: no package, update or shutdown asked for it',
  unknown: undefined,
};
const updateFailureWords: Record<UpdateFailure, string> = {
  unsigned: 'Its signature does not verify',
  foreign: 'It is meant for another organisation or system',
  older: 'It is older than what runs',
  protocol: 'It needs another protocol than is spoken here',
  truncated: 'It did not come whole',
  altered: 'It is not what was signed',
  damaged: 'It could not be unpacked',
  'not-fetched': 'It could not be fetched',
  'not-stored': 'The disk did not take it',
  crashed: 'It ended by itself before it had reported',
  silent: 'It did not report in time',
};
const lostBecause = {
  'spool-full': 'The store of unsent events was full',
  'too-old': 'They were older than is kept',
  'spool-damaged': 'The store of unsent events was damaged',
  'too-large': 'They were too large to send',
  malformed: 'They did not fit what a collector takes',
  'collector-restored': 'The collector was restored from a backup that is older than they are',
};

export function osWords(os: string): string {
  return Object.entries(systems).find(([word]) => word === os)?.[1] ?? os;
}

export function agentStory(event: AgentEvent): Story {
  switch (event.kind) {
    case 'agent.started':
      return {
        headline: 'The agent started',
        facts: factList({
          'Agent version': event.data.version,
          'Operating system': systems[event.data.os],
          Rights: event.data.privileged ? 'Full' : 'Limited: it sees and enforces less',
          'Run before': runsBefore[event.data.previousRun],
          'Policy version': String(event.data.policyVersion),
        }),
      };
    case 'agent.stopped':
      return {
        headline: 'The agent was stopped',
        facts: factList({ Because: event.data.because, 'Stopped by': stoppedBy[event.data.by ?? 'unknown'] }),
      };
    case 'agent.updated':
      return {
        headline: 'The agent was updated',
        facts: factList({ From: event.data.from, To: event.data.to, 'SHA-256 of the bundle': event.data.sha256 }),
      };
    case 'agent.update-failed':
      return {
        headline: `The update of the agent to ${event.data.version} failed`,
        facts: factList({ Reason: updateFailureWords[event.data.reason], Because: event.data.because }),
      };
    case 'agent.tampered':
      return {
        headline: 'Something of the agent was changed by another hand',
        facts: factList({ 'What was changed': tampered[event.data.what], Because: event.data.because }),
      };
    case 'agent.coverage-changed':
      return { headline: 'What the agent can see changed', facts: event.data.coverage.map(coverageFact) };
    case 'agent.condition-changed': {
      const { condition, raised, because } = event.data;
      return {
        headline: `${raised ? 'Raised' : 'Cleared'}: ${conditionWords(condition)}`,
        facts: factList({ Condition: conditionWords(condition), Because: because }),
      };
    }
    case 'inventory.recorded':
      return { headline: 'Hardware and operating system recorded', facts: inventoryFacts(event.data.inventory) };
    case 'events.lost': {
      const { from, to, count, because, priority, since } = event.data;
      return {
        headline: `${counted(count, 'event')} lost`,
        facts: factList({
          Because: lostBecause[because],
          Numbers: `${from} to ${to}`,
          'Kind of event': priority,
          Since: since === undefined ? undefined : moment(Date.parse(since)).words,
        }),
      };
    }
  }
}

function coverageFact({ watcher, area, state, how }: Coverage): Fact {
  return { term: `${watcherWords[watcher]}: ${area}`, text: `${coverageStateWords[state]}. ${how}` };
}

export function inventoryFacts(inventory: Inventory): Fact[] {
  const disks = inventory.disks.slice(0, 8).map((disk, index) => ({
    term: inventory.disks.length === 1 ? 'Disk' : `Disk ${index + 1}`,
    text: [disk.model, disk.type, disk.sizeBytes === undefined ? undefined : size(disk.sizeBytes)]
      .filter(Boolean)
      .join(', '),
  }));
  const facts = factList({
    Make: inventory.manufacturer,
    Model: inventory.model,
    'Serial number': inventory.serial,
    Build: inventory.chassis,
    Portable: inventory.portable === undefined ? 'Could not be told' : inventory.portable ? 'Yes' : 'No',
    'Operating system': `${inventory.osName} ${inventory.osVersion}`,
    Kernel: inventory.kernel,
    Processor: inventory.processor,
    Memory: inventory.memoryBytes === undefined ? undefined : size(inventory.memoryBytes),
  });
  return [...facts, ...disks];
}
