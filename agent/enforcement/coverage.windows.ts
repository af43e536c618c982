import type { Coverage } from '#shared/events/agent.ts';
import type { EnforcementMode } from './enforcement.ts';

export interface Standing {
  mode: EnforcementMode;
  /** Why it could not be made ready, a machine word. */
  fault?: string;
}

type Line = Pick<Coverage, 'area' | 'how' | 'limits'> & { state?: Coverage['state'] };

const late = 'Acts when the device is seen: for part of a second, or until the next look, it can be used.';
const restart = 'Windows takes policy keys up at its next start; until then the outcome says pending.';

const lines: Line[] = [
  {
    area: 'disks, sticks and memory cards',
    how: 'Refused: the storage device is disabled, and its instance may not be installed again. Read-only: the attribute of the disk and a policy key.',
    limits: [
      late,
      restart,
      'Policy keys hold for a whole kind of media: while one of them may be written to, the key is lifted for all.',
      'An administrator can undo it; the agent notices within ten seconds, puts it right and says so.',
    ],
  },
  {
    area: 'discs and floppies',
    how: 'Refused: the drive is disabled. Read-only: a policy key.',
    limits: [late, restart],
    state: 'degraded',
  },
  {
    area: 'phones and cameras',
    how: 'The portable device is disabled; policy keys deny reading and writing while none is allowed.',
    limits: [late, 'They cannot be made read-only; where writing is denied, reading is, too.'],
  },
  {
    area: 'other usb devices',
    how: 'Functions of the device are disabled; never keyboards, mice, hubs and smart-card readers.',
    limits: [late],
  },
  {
    area: 'programs on media',
    how: 'A policy key for each kind of media.',
    limits: [restart],
    state: 'degraded',
  },
];

/** What denied rights come to on Windows, area by area. Pure. */
export function enforcementCoverage({ mode, fault }: Standing): Coverage[] {
  return lines.map(({ area, how, limits, state = 'enforcing' }) => {
    const common = { watcher: 'enforcement' as const, area, how };
    if (fault !== undefined) {
      return { ...common, state: 'failed', limits: [`It could not be made ready (${fault}).`, ...limits] };
    }
    return { ...common, state: mode === 'report' ? 'idle' : state, limits };
  });
}
