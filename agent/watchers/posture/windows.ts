import type { PostureItem } from '#shared/events/posture.ts';
import type { WindowsSystem } from '../../platform/windows/system.ts';
import type { Source } from '../reconcile.ts';
import type { WatcherContext, WatcherFactory } from '../watcher.ts';
import { judgeAntivirus, readAntivirus } from './antivirus.windows.ts';
import { judgeFirewall, readFirewall } from './firewall.windows.ts';
import { judged, type Posture, posture, postureCoverage } from './index.ts';
import { judgeSupport, readWindowsVersion } from './os-support.windows.ts';
import { judgeScreenLock, readScreenLock } from './screen-lock.windows.ts';

type System = Pick<WindowsSystem, 'registry' | 'wmi'>;

export function watchPostureOnWindows(system: System, environment = process.env): WatcherFactory {
  return (context) => posture(postureOfWindows(system, environment, context), context);
}

function postureOfWindows(
  { registry, wmi }: System,
  environment: Record<string, string | undefined>,
  { clock }: WatcherContext,
): Source<Posture> {
  return {
    async look() {
      const seen: Posture = {
        antivirus: await judged('antivirus', () => judgeAntivirus(readAntivirus(wmi))),
        'screen-lock': await judged('screen-lock', () => judgeScreenLock(readScreenLock(registry, environment))),
        'os-support': await judged('os-support', () => judgeSupport(readWindowsVersion(registry), clock.now())),
        firewall: await judged('firewall', () => judgeFirewall(readFirewall(registry, wmi))),
      };
      return { ok: true as const, seen };
    },
    listen: () => Promise.resolve({ stop: () => Promise.resolve() }),
    coverage: () => postureCoverage(limits),
  };
}

const limits: Record<PostureItem, string[]> = {
  antivirus: ['What the security centre says of a product is what the product says of itself.'],
  'screen-lock': ['Of people who are not signed in nothing is read.'],
  'os-support': ['Paid extensions of support are not seen.'],
  firewall: ['Whether single openings in the firewall are right is not judged.'],
};
