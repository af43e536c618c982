import type { Software } from '#shared/events/software.ts';
import { cleanText } from '#shared/text.ts';
import type { Registry, View } from '../../platform/windows/registry.ts';
import type { RegistryData } from '../../platform/windows/registry-values.ts';

const below = 'Microsoft\\Windows\\CurrentVersion\\Uninstall';
/** Where programs for everybody are listed. */
export const uninstallKey = `HKLM\\SOFTWARE\\${below}`;

/** What is installed for everybody, in one of the two views of the registry. */
export function readUninstall(registry: Registry, view: View): Software[] {
  return readKey(registry, uninstallKey, view);
}

/** What a person who is signed in installed for themselves. */
export function readUserUninstall(registry: Registry, sid: string): Software[] {
  return readKey(registry, `HKU\\${sid}\\SOFTWARE\\${below}`, 64);
}

function readKey(registry: Registry, path: string, view: View): Software[] {
  return (registry.keys(path, view) ?? []).flatMap((key) =>
    parseUninstall(registry.values(`${path}\\${key}`, view) ?? new Map(), view),
  );
}

/** Pure. Left out: parts of Windows, parts and updates of another title, and what has no name to show. */
export function parseUninstall(values: ReadonlyMap<string, RegistryData>, view: View): Software[] {
  const value = (name: string) => [...values].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  const text = (name: string) => {
    const found = value(name);
    return typeof found === 'string' ? cleanText(found) : '';
  };
  const name = text('DisplayName');
  if (name === '' || value('SystemComponent') === 1 || text('ParentKeyName') !== '') return [];
  const publisher = text('Publisher');
  return [
    {
      source: 'windows',
      name,
      version: text('DisplayVersion'),
      ...(publisher && { publisher }),
      ...(view === 32 && { architecture: 'x86' }),
    },
  ];
}
