import Type from 'typebox';
import { Count, exactObject, oneOf, Sequence, Sha256Hex, Text, Time } from '../schema.ts';
import { kind, priorities } from './event.ts';

/** Things watched; each is a folder of agent/watchers and a line of the coverage page. */
export const watcherNames = [
  'removable-media',
  'media-files',
  'drive-encryption',
  'document-saves',
  'software',
  'posture',
] as const;
export type WatcherName = (typeof watcherNames)[number];

/** What a line of the coverage page is about: something watched, or what is done about denied rights. */
export const coveredNames = [...watcherNames, 'enforcement'] as const;
export type CoveredName = (typeof coveredNames)[number];

/**
 * What is really watched. `watching`: by the system's own signal. `degraded`: in a poorer way, said in `limits`.
 * `unsupported`: not possible on this system. `failed`: should work and does not. Of enforcement: `enforcing`, or
 * `idle` while the policy only reports.
 */
export const Coverage = exactObject({
  watcher: oneOf(coveredNames),
  /** The part of it: `usb`, `phones`, `home folders`, `dpkg`. */
  area: Text,
  state: oneOf(['watching', 'enforcing', 'idle', 'degraded', 'unsupported', 'failed']),
  /** By which mechanism, in words an ICT analyst knows: `fanotify on 2 file systems`. */
  how: Text,
  /** What escapes it, each a plain sentence. Empty when nothing is known to. */
  limits: Type.Array(Text, { maxItems: 8 }),
});
export type Coverage = Type.Static<typeof Coverage>;
const CoverageList = Type.Array(Coverage, { maxItems: 64 });

export const conditionNames = [
  'watcher-failed',
  'spool-nearly-full',
  'spool-failed',
  'policy-missing',
  'policy-expired',
  'policy-refused',
  'standing-refused',
  'refused-by-collector',
  'clock-differs',
  'inspection-behind',
] as const;
export type ConditionName = (typeof conditionNames)[number];

const coverageExample = {
  watcher: 'removable-media' as const,
  area: 'usb',
  state: 'unsupported' as const,
  how: 'This computer has no USB bus.',
  limits: [],
};

/** Who ended the agent: its package, an update of itself, the computer going down, or somebody. */
export const stoppers = ['package', 'update', 'shutdown', 'hand', 'unknown'] as const;
export type Stopper = (typeof stoppers)[number];

/**
 * Why an update came to nothing. What came was not believed: `unsigned`, `foreign` (of another organisation or for another
 * system), `older`, `protocol` (the collector speaks one it does not know), `truncated`, `altered`, `damaged`. It could not be
 * taken: `not-fetched`, `not-stored`. It was tried and taken back: `crashed`, `silent`.
 */
export const updateFailures = [
  'unsigned',
  'foreign',
  'older',
  'protocol',
  'truncated',
  'altered',
  'damaged',
  'not-fetched',
  'not-stored',
  'crashed',
  'silent',
] as const;
export type UpdateFailure = (typeof updateFailures)[number];

/** One line per drive, screen-sized facts only: what the asset register needs (focus 3.5). */
const Inventory = exactObject({
  hostname: Text,
  manufacturer: Type.Optional(Text),
  model: Type.Optional(Text),
  serial: Type.Optional(Text),
  chassis: Type.Optional(Text),
  /** Unknown when absent. A laptop holds data where it can be stolen (focus 4.4, CCG 14). */
  portable: Type.Optional(Type.Boolean()),
  osName: Text,
  osVersion: Text,
  kernel: Type.Optional(Text),
  processor: Type.Optional(Text),
  memoryBytes: Type.Optional(Count),
  disks: Type.Array(
    exactObject({
      model: Type.Optional(Text),
      sizeBytes: Type.Optional(Count),
      type: Type.Optional(Text),
      serial: Type.Optional(Text),
    }),
    { maxItems: 64 },
  ),
});
export type Inventory = Type.Static<typeof Inventory>;

export const agentKinds = {
  'agent.started': kind({
    description: 'The agent began to watch. Says whether the run before ended cleanly.',
    priority: 'evidence',
    data: exactObject({
      version: Text,
      os: oneOf(['linux', 'windows', 'darwin']),
      privileged: Type.Boolean(),
      /** `first`: never ran here. `unclean`: killed, crashed or the power went. */
      previousRun: oneOf(['first', 'clean', 'unclean']),
      policyVersion: Count,
    }),
    example: { version: '0.1.0', os: 'linux', privileged: true, previousRun: 'clean', policyVersion: 1 },
  }),
  'agent.stopped': kind({
    description: 'The agent was told to stop and did so in order.',
    priority: 'evidence',
    data: exactObject({ because: Text, by: Type.Optional(oneOf(stoppers)) }),
    example: { because: 'SIGTERM', by: 'shutdown' },
  }),
  'agent.tampered': kind({
    description: 'Something that belongs to the agent was changed by another hand.',
    priority: 'evidence',
    data: exactObject({
      /**
       * `spool`: unsent events were taken away or changed. `service`: it was stopped by hand. `agent-files`: the program is not the one
       * that was installed. `clock`: the computer's clock was moved, and not to the right time.
       */
      what: oneOf([
        'policy-file',
        'standing-file',
        'spool',
        'identity',
        'enforcement',
        'service',
        'agent-files',
        'clock',
      ]),
      because: Text,
    }),
    example: { what: 'policy-file', because: 'The signature of the stored policy does not verify.' },
  }),
  'agent.updated': kind({
    description: 'A newer agent that the collector offered runs, and has reported to the collector.',
    priority: 'evidence',
    data: exactObject({ from: Text, to: Text, sha256: Sha256Hex }),
    example: { from: '0.1.0', to: '0.2.0', sha256: 'c0'.repeat(32) },
  }),
  'agent.update-failed': kind({
    description: 'An agent that the collector offered was refused, or was tried and taken back. The former one runs.',
    priority: 'evidence',
    data: exactObject({
      version: Text,
      reason: oneOf(updateFailures),
      because: Text,
      sha256: Type.Optional(Sha256Hex),
    }),
    example: { version: '0.2.0', reason: 'silent', because: 'It did not report within 600 seconds.' },
  }),
  'agent.coverage-changed': kind({
    description: 'What the agent can see on this computer, whole, at each change.',
    priority: 'security',
    data: exactObject({ coverage: CoverageList }),
    example: { coverage: [coverageExample] },
  }),
  'agent.condition-changed': kind({
    description: 'A declared condition of the agent was raised or cleared.',
    priority: 'security',
    data: exactObject({ condition: oneOf(conditionNames), raised: Type.Boolean(), because: Text }),
    example: { condition: 'spool-nearly-full', raised: true, because: '81 % of the bytes allowed are in use.' },
  }),
  'inventory.recorded': kind({
    description: 'Hardware and operating system of the computer, daily and at change, for the asset register.',
    priority: 'routine',
    data: exactObject({ inventory: Inventory }),
    example: {
      inventory: {
        hostname: 'FOC-LT-014',
        manufacturer: 'Example',
        model: 'Notebook 14',
        osName: 'Debian GNU/Linux',
        osVersion: '12',
        disks: [],
      },
    },
  }),
  'events.lost': kind({
    description:
      'Events were let go because the spool was full or damaged, or the collector lost them. Their numbers stay in the sequence.',
    priority: 'evidence',
    data: exactObject({
      from: Sequence,
      to: Sequence,
      count: Count,
      because: oneOf(['spool-full', 'too-old', 'spool-damaged', 'too-large', 'malformed', 'collector-restored']),
      priority: Type.Optional(oneOf(priorities)),
      since: Type.Optional(Time),
    }),
    example: { from: 120, to: 333, count: 214, because: 'spool-full', priority: 'routine' },
  }),
};
