import type { Coverage } from '#shared/events/agent.ts';
import { neverOnAMac } from '../platform/darwin/unproved.ts';
import type { EnforcementMode } from './enforcement.ts';

export interface Standing {
  mode: EnforcementMode;
  /** Why it could not be made ready, a machine word. */
  fault?: string;
}

const late = 'Acts when the volume is seen: for some seconds it can be used.';
const entitlement =
  'macOS lets no program without an entitlement of Apple’s take a device away; a profile of device management can.';

const lines: (Pick<Coverage, 'area' | 'how' | 'limits'> & { state: Coverage['state'] })[] = [
  {
    area: 'disks, sticks, discs and memory cards',
    how: 'Refused: volumes are unmounted. Read-only: mounted again to be read only (diskutil).',
    limits: [
      neverOnAMac,
      late,
      'Who may mount can mount it again; the agent notices within ten seconds, puts it right and says so.',
      'The disk itself stays open to root.',
    ],
    state: 'degraded',
  },
  { area: 'phones and cameras', how: 'None.', limits: [entitlement], state: 'unsupported' },
  { area: 'other usb devices', how: 'None.', limits: [entitlement], state: 'unsupported' },
  {
    area: 'programs on media',
    how: 'None.',
    limits: ['diskutil mounts no volume in a way that forbids to start programs.'],
    state: 'unsupported',
  },
];

/** What denied rights come to on macOS, area by area. Pure. */
export function enforcementCoverage({ mode, fault }: Standing): Coverage[] {
  return lines.map(({ area, how, limits, state }) => {
    const common = { watcher: 'enforcement' as const, area, how };
    if (state === 'unsupported') return { ...common, state, limits };
    if (fault !== undefined) {
      return { ...common, state: 'failed', limits: [`It could not be made ready (${fault}).`, ...limits] };
    }
    return { ...common, state: mode === 'report' ? 'idle' : state, limits };
  });
}
