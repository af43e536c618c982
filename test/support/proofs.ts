import type { Platform } from '../../agent/platform/platform.ts';

/** What the table of support has a line for. An area is a part of a capability, in the words of the coverage page. */
export const supportRows = [
  { capability: 'enrolment and reporting', says: 'Enrols over TLS and reports' },
  {
    capability: 'enrolment and reporting',
    area: 'stop and start',
    says: 'Ends, is killed and comes back without loss',
  },
  { capability: 'removable-media', area: 'usb', says: 'USB devices: class, numbers, serial trust, one row each' },
  { capability: 'removable-media', area: 'volumes', says: 'Volumes on media: file system, encryption, in use' },
  { capability: 'removable-media', area: 'phones and cameras', says: 'Phones and cameras' },
  { capability: 'removable-media', area: 'optical', says: 'Discs' },
  { capability: 'removable-media', area: 'memory cards', says: 'Memory cards in a slot of the computer' },
  { capability: 'removable-media', area: 'floppy', says: 'Floppy disks', without: ['darwin'] },
  { capability: 'media-files', says: 'Files written to media' },
  { capability: 'drive-encryption', area: 'fixed drives', says: 'Encryption of the computer’s own drives' },
  { capability: 'document-saves', says: 'Documents saved on the computer' },
  { capability: 'document-saves', area: 'places', says: 'What kind of place a document is saved in' },
  {
    capability: 'document-saves',
    area: 'identifiers in files',
    says: 'NHS numbers and other identifiers in them, counted',
  },
  { capability: 'software', area: 'installed programs', says: 'Installed software' },
  { capability: 'software', area: 'store packages', says: 'Software from the system’s store', without: ['darwin'] },
  { capability: 'posture', area: 'antivirus', says: 'Antivirus' },
  { capability: 'posture', area: 'screen lock', says: 'Screen lock' },
  { capability: 'posture', area: 'os support', says: 'End of support of the operating system' },
  { capability: 'posture', area: 'firewall', says: 'Firewall' },
  { capability: 'enforcement', area: 'refused', says: 'A refused device cannot be used' },
  { capability: 'enforcement', area: 'read-only', says: 'A medium that may only be read' },
  { capability: 'enforcement', area: 'phones and cameras', says: 'A refused phone charges and gives no files' },
  {
    capability: 'enforcement',
    area: 'policy keys',
    says: 'Standing policy keys of Windows',
    without: ['linux', 'darwin'],
  },
  { capability: 'enforcement', area: 'scan before use', says: 'An antivirus looks at a medium before it can be used' },
  { capability: 'enforcement', area: 'tampering', says: 'What somebody takes back is noticed and put right' },
  { capability: 'enforcement', area: 'restoring', says: 'The former state comes back when the agent ends on purpose' },
  { capability: 'presence', says: 'Who is at the computer, and on which network' },
  { capability: 'inventory', says: 'Hardware and system for the asset register' },
  { capability: 'packages', area: 'silent installation', says: 'Package: silent installation and enrolment' },
  {
    capability: 'packages',
    area: 'restart after a crash',
    says: 'Package: the service is restarted when it is killed',
  },
  { capability: 'packages', area: 'upgrade', says: 'Package: an upgrade keeps identity and events' },
  { capability: 'packages', area: 'removal', says: 'Package: removal leaves nothing' },
] as const satisfies readonly SupportRow[];

export interface SupportRow {
  capability: string;
  area?: string;
  /** The line as people read it. */
  says: string;
  /** Systems that have no such thing. */
  without?: readonly Platform['os'][];
}

/** How far a test shows that something works, the strongest first. */
export const proofLevels = ['hardware emulation', 'the system itself', 'wine', 'fixtures'] as const;
export type ProofLevel = (typeof proofLevels)[number];

type Pair<R extends SupportRow> = R extends { area: infer A }
  ? { capability: R['capability']; area: A }
  : { capability: R['capability']; area?: undefined };

/** That a line of the table holds on an operating system. */
export type Proof = Pair<(typeof supportRows)[number]> & {
  os: Platform['os'];
  /**
   * `hardware emulation`: devices plugged into a virtual machine. `the system itself`: run where it is to run, without
   * devices. `wine`: the Windows agent under Wine. `fixtures`: recorded or written answers of the system.
   */
  by: ProofLevel;
  /** `cannot`: the test shows that this cannot be done there, and that it is said so. */
  shows?: 'works' | 'cannot';
};

declare module 'vitest' {
  interface TaskMeta {
    proves?: Proof[];
  }
}

/** Says what a test proves, if it passes; `test/support/reporter.ts` writes it down. */
export function proves({ meta }: { meta: { proves?: Proof[] } }, ...proofs: Proof[]): void {
  meta.proves = [...(meta.proves ?? []), ...proofs];
}
