import type { PostureItem } from '#shared/events/posture.ts';
import { findHomes } from '../../platform/homes.linux.ts';
import type { Source } from '../reconcile.ts';
import type { WatcherContext, WatcherFactory } from '../watcher.ts';
import { antivirusProcesses, judgeAntivirus, readSignatureTime } from './antivirus.linux.ts';
import { firewallProcesses, judgeFirewall, readFirewall } from './firewall.linux.ts';
import { judged, type Posture, posture, postureCoverage } from './index.ts';
import { judgeSupport, readOsRelease } from './os-support.linux.ts';
import { readScreenLock } from './screen-lock.linux.ts';
import { judgeScreenLock } from './screen-lock.ts';
import { runningServices } from './services.linux.ts';

/** Where Linux says how it is protected. Tests put recorded or made-up trees in their place. */
const usualRoots = {
  proc: '/proc',
  clamav: '/var/lib/clamav',
  osRelease: ['/etc/os-release', '/usr/lib/os-release'],
  ufw: '/etc/ufw/ufw.conf',
  nft: '/usr/sbin/nft',
  iptables: '/usr/sbin/iptables',
  sessions: ['/usr/share/xsessions', '/usr/share/wayland-sessions'],
  dconf: '/etc/dconf',
  kde: '/etc/xdg',
  passwd: '/etc/passwd',
  home: '/home',
};
export interface PostureRoots extends Readonly<typeof usualRoots> {
  /** Whether the agent runs as root, who alone may read the rules of the firewall. */
  privileged: boolean;
}

export function watchPostureOnLinux(roots: Partial<PostureRoots> = {}): WatcherFactory {
  return (context) => {
    const privileged = process.getuid?.() === 0;
    return posture(postureOfLinux({ ...usualRoots, privileged, ...roots }, context), context);
  };
}

function postureOfLinux(roots: PostureRoots, context: WatcherContext): Source<Posture> {
  const wanted = new Set([...antivirusProcesses, ...firewallProcesses]);

  async function look() {
    const services = runningServices(wanted, roots.proc);
    // Awaited below by two; a failure is theirs to report.
    services.catch(() => undefined);
    const seen: Posture = {
      antivirus: await judged('antivirus', async () =>
        judgeAntivirus(await services, await readSignatureTime(roots.clamav), context.clock.now()),
      ),
      'screen-lock': await judged('screen-lock', async () =>
        judgeScreenLock(await readScreenLock(roots, (await findHomes(roots)).folders)),
      ),
      'os-support': await judged('os-support', async () =>
        judgeSupport(await readOsRelease(roots.osRelease), context.clock.now()),
      ),
      firewall: await judged('firewall', async () =>
        judgeFirewall(await readFirewall(roots, await services.catch(() => new Set<string>()), roots.privileged)),
      ),
    };
    return { ok: true as const, seen };
  }

  return {
    look,
    listen: () => Promise.resolve({ stop: () => Promise.resolve() }),
    coverage: () => postureCoverage(limits),
  };
}

const limits: Record<PostureItem, string[]> = {
  antivirus: ['Products are known by the names of their services; others are not seen.'],
  'screen-lock': ['Only forced settings of GNOME and settings of KDE Plasma are read.'],
  'os-support': ['Paid extensions of support are not seen.'],
  firewall: ['Whether single openings in the firewall are right is not judged.'],
};
