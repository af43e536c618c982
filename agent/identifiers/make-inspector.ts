import type { Clock } from '#shared/clock.ts';
import type { Platform } from '../platform/platform.ts';
import { defaultLimits } from './extraction/budget.ts';
import type { MakeInspector } from './inspections.ts';
import { createInspector } from './inspector/create-inspector.ts';

/** Makes inspectors that keep to the policy's settings. */
export function inspectorMaker(os: Platform['os'], clock: Clock): MakeInspector {
  return ({ drill, localReferences, cpuShare, maxFileBytes }) => {
    const detector = { drill, ...(localReferences && { localReferences }) };
    return createInspector({
      os,
      clock,
      detector: () => detector,
      cpuShare: () => cpuShare / 100,
      limits: { ...defaultLimits, fileBytes: maxFileBytes },
    });
  };
}
