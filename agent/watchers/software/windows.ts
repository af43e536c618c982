import { hash } from 'node:crypto';
import type { Software } from '#shared/events/software.ts';
import { readProfiles } from '../../platform/profiles.windows.ts';
import type { Registry } from '../../platform/windows/registry.ts';
import type { WindowsSystem } from '../../platform/windows/system.ts';
import type { WatcherFactory } from '../watcher.ts';
import { appxKey, readAppx } from './appx.windows.ts';
import { registryEars } from './ears.windows.ts';
import { software } from './index.ts';
import { inventoryOf } from './inventory.ts';
import type { Reader, Sign } from './reader.ts';
import { readUninstall, uninstallKey } from './uninstall.windows.ts';
import { readUserTitles } from './user-titles.windows.ts';

type Environment = Record<string, string | undefined>;

/** Watches the lists of installed programs in the registry. Windows Installer is never asked: it would repair what it lists. */
export function watchSoftwareOnWindows(
  { registry }: Pick<WindowsSystem, 'registry'>,
  environment: Environment = process.env,
): WatcherFactory {
  return (context) =>
    software(inventoryOf(readersOfWindows(registry, environment), context, registryEars(registry)), context);
}

function readersOfWindows(registry: Registry, environment: Environment): Reader[] {
  const ofUsers = (source: Software['source']) =>
    readUserTitles(registry, environment).filter((title) => title.source === source);
  return [
    registryReader({
      area: 'installed programs',
      source: 'windows',
      how: 'lists of installed programs in the registry: 64 bits, 32 bits, and of each person',
      limits: [
        'A program that is merely copied is in no list.',
        'What a person installs for themselves is seen while they are signed in.',
      ],
      signs: () => [
        { folder: uninstallKey },
        { folder: 'HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall' },
        ...ofProfiles(registry, environment, (sid) => `HKU\\${sid}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion`),
      ],
      list: () => [...readUninstall(registry, 64), ...readUninstall(registry, 32), ...ofUsers('windows')],
    }),
    registryReader({
      area: 'store packages',
      source: 'appx',
      how: 'lists of packages in the registry, for everybody and of each person',
      limits: ['What a person installs for themselves is seen while they are signed in.'],
      signs: () => [{ folder: appxKey }],
      list: () => [...readAppx(registry), ...ofUsers('appx')],
    }),
  ];
}

function ofProfiles(registry: Registry, environment: Environment, key: (sid: string) => string): Sign[] {
  return readProfiles(registry, environment)
    .filter(({ isLoaded }) => isLoaded)
    .map(({ sid }) => ({ folder: key(sid) }));
}

interface Listed {
  area: string;
  source: Software['source'];
  how: string;
  limits: string[];
  signs(): Sign[];
  list(): Software[];
}

/** Reading the whole list costs some milliseconds, which is cheap enough to be its own fingerprint. */
function registryReader({ area, source, how, limits, signs, list }: Listed): Reader {
  let titles: Software[] = [];
  return {
    area,
    sources: [source],
    how,
    limits,
    get signs() {
      return signs();
    },
    fingerprint() {
      titles = withoutRepeats(list());
      return Promise.resolve(titles.length > 0 ? hash('sha256', JSON.stringify(titles)) : 'none');
    },
    read: () => Promise.resolve({ titles, limits: [] }),
  };
}

function withoutRepeats(titles: readonly Software[]): Software[] {
  return [...new Map(titles.map((title) => [JSON.stringify(title), title])).values()];
}
