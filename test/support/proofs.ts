import type { coveredNames } from '#shared/events/agent.ts';
import type { Platform } from '../../agent/platform/platform.ts';

/** What the agent can do on an operating system: a watcher, or enforcement, or one of the things beside them. */
export type Capability = (typeof coveredNames)[number] | 'enrolment and reporting' | 'presence' | 'inventory';

/** How far a test shows that something works, the strongest first. */
export const proofLevels = ['hardware emulation', 'wine', 'fixtures'] as const;

export interface Proof {
  os: Platform['os'];
  capability: Capability;
  /** The part of it, in the words of the coverage page where it has some. */
  area?: string;
  by: (typeof proofLevels)[number];
  /** The test shows that this cannot be done there, and that it is said so. */
  shows?: 'works' | 'cannot';
}

declare module 'vitest' {
  interface TaskMeta {
    proves?: Proof[];
  }
}

/** Says what a test proves, if it passes; `test/support/reporter.ts` writes it down. */
export function proves({ meta }: { meta: { proves?: Proof[] } }, ...proofs: Proof[]): void {
  meta.proves = [...(meta.proves ?? []), ...proofs];
}
