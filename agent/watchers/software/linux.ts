import type { Clock } from '#shared/clock.ts';
import { findHomes } from '../../platform/homes.linux.ts';
import type { WatcherFactory } from '../watcher.ts';
import { dpkgReader } from './dpkg.linux.ts';
import { flatpakReader } from './flatpak.linux.ts';
import { software } from './index.ts';
import { inventoryOf } from './inventory.ts';
import { programsReader } from './programs.linux.ts';
import type { Reader } from './reader.ts';
import { rpmReader } from './rpm.linux.ts';
import { snapReader } from './snap.linux.ts';

/** Where Linux keeps what is installed. Tests put recorded or made-up trees in their place. */
const usualRoots = {
  dpkg: '/var/lib/dpkg',
  rpm: ['/usr/lib/sysimage/rpm', '/var/lib/rpm'],
  rpmTool: '/usr/bin/rpm',
  snapMounts: ['/snap', '/var/lib/snapd/snap'],
  snapStore: '/var/lib/snapd/snaps',
  flatpak: '/var/lib/flatpak',
  passwd: '/etc/passwd',
  home: '/home',
  proc: '/proc',
};
export type SoftwareRoots = typeof usualRoots;

export function watchSoftwareOnLinux(roots: Partial<SoftwareRoots> = {}): WatcherFactory {
  return (context) => {
    const readers = readersOfLinux({ ...usualRoots, ...roots }, context.clock);
    return software(inventoryOf(readers, context), context);
  };
}

function readersOfLinux(roots: SoftwareRoots, clock: Clock): Reader[] {
  const homes = () => findHomes(roots);
  return [
    dpkgReader(roots.dpkg, roots.proc, clock),
    rpmReader(roots.rpm, roots.rpmTool, roots.proc, clock),
    snapReader(roots.snapMounts, roots.snapStore),
    flatpakReader(roots.flatpak, homes),
    programsReader(homes, clock),
  ];
}
