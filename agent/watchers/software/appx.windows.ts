import type { Software } from '#shared/events/software.ts';
import type { Registry } from '../../platform/windows/registry.ts';

/** Where packages for everybody are listed, and packages of each person who is signed in. */
export const appxKey = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Appx\\AppxAllUserStore\\Applications';
const repository = 'Local Settings\\Software\\Microsoft\\Windows\\CurrentVersion\\AppModel\\Repository\\Packages';

export function readAppx(registry: Registry): Software[] {
  return (registry.keys(appxKey) ?? []).flatMap(parsePackageName);
}

export function readUserAppx(registry: Registry, sid: string): Software[] {
  return (registry.keys(`HKU\\${sid}_Classes\\${repository}`) ?? []).flatMap(parsePackageName);
}

/**
 * Pure. `Microsoft.WindowsCalculator_11.2401.0.0_x64__8wekyb3d8bbwe`: name, version, processor, resources, publisher.
 * The name is the maker's, the same in every language. Packages that only hold languages or sizes of pictures are left out.
 */
export function parsePackageName(fullName: string): Software[] {
  const parts = /^([A-Za-z0-9.-]{1,100})_(\d+(?:\.\d+){3})_([a-z0-9]+)_([^_]*)_[a-z0-9]{13}$/.exec(fullName);
  const [, name = '', version = '', architecture = '', resources = ''] = parts ?? [];
  if (name === '' || /^split\./i.test(resources)) return [];
  return [{ source: 'appx', name, version, ...(architecture !== 'neutral' && { architecture }) }];
}
