import { randomBytes } from 'node:crypto';
import type { Clock } from '#shared/clock.ts';
import { currentSystem } from '../platform/current.ts';
import { lookOnce } from '../status.ts';
import type { Gathered } from './captured.ts';

/** What there is to be had on this computer. As root or as an administrator it is more. */
export async function gatherHere(clock: Clock): Promise<Gathered> {
  const system = currentSystem();
  switch (system) {
    case 'linux':
      return (await import('./gather.linux.ts')).gatherOnLinux();
    case 'darwin':
      return (await import('./gather.darwin.ts')).gatherOnDarwin();
    case 'windows': {
      const { gatherOnWindows } = await import('./gather.windows.ts');
      const { openWindows } = await import('../platform/windows/system.ts');
      const { windows } = await import('../platform/windows.ts');
      return gatherOnWindows(openWindows(), async (recorded) => {
        const platform = windows({ nameKey: randomBytes(32) }, recorded);
        await lookOnce(platform, clock);
        if (typeof platform.inventory === 'function') await platform.inventory();
      });
    }
    default:
      return system satisfies never;
  }
}
