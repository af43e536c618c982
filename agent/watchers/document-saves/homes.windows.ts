import { expand, type Profile, readProfiles } from '../../platform/profiles.windows.ts';
import { plainPath } from '../../platform/windows/paths.ts';
import type { Registry } from '../../platform/windows/registry.ts';
import { type Home, plainHome } from './places.ts';

type Environment = Record<string, string | undefined>;

/** Values of a person's shell folders: the first two have names of their own, the downloads a GUID. */
const names = {
  desktop: 'Desktop',
  documents: 'Personal',
  downloads: '{374DE290-123F-4565-9164-39C4925E467B}',
} as const;

/** Homes of everybody with a profile. Where folders went is told while the person is signed in; else the usual names are taken. */
export function readHomes(registry: Registry, environment: Environment): Home[] {
  return readProfiles(registry, environment).map((profile) => homeOf(profile, registry, environment));
}

function homeOf({ sid, folder, isLoaded }: Profile, registry: Registry, environment: Environment): Home {
  const plain = plainHome(plainPath(folder));
  if (!isLoaded) return plain;
  const own = { ...environment, USERPROFILE: folder };
  const shell = `HKU\\${sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders`;
  const named = (name: string) => folderOf(registry.value(shell, name), own);
  return {
    ...plain,
    desktop: [...plain.desktop, ...named(names.desktop)],
    documents: [...plain.documents, ...named(names.documents)],
    downloads: [...plain.downloads, ...named(names.downloads)],
    synced: syncedFolders(registry, sid),
  };
}

/** Folders of OneDrive, one for each account of the person. */
function syncedFolders(registry: Registry, sid: string): string[] {
  const accounts = `HKU\\${sid}\\Software\\Microsoft\\OneDrive\\Accounts`;
  return (registry.keys(accounts) ?? []).flatMap((account) =>
    folderOf(registry.value(`${accounts}\\${account}`, 'UserFolder'), {}),
  );
}

/** An absolute path; the top of a drive would make everything on it a person's own. */
function folderOf(value: unknown, environment: Environment): string[] {
  const path = typeof value === 'string' ? plainPath(expand(value, environment)) : '';
  return /^([A-Z]:\/|\/\/[^/]+\/[^/]+\/)./.test(path) && path.length < 4096 ? [path] : [];
}
