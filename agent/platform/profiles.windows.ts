import type { Registry } from './windows/registry.ts';

/** A person's profile on this computer. */
export interface Profile {
  sid: string;
  /** `C:\Users\anna`. */
  folder: string;
  /** Whether its part of the registry is loaded, because the person is signed in. */
  isLoaded: boolean;
}

const list = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList';
/** Accounts of this computer or a domain, and of Entra ID; services have others. */
const ofPerson = /^S-1-(5-21|12-1)(-\d+)+$/;
const mostProfiles = 1000;

/** Everybody who has a profile here, signed in or not. */
export function readProfiles(registry: Registry, environment: Record<string, string | undefined>): Profile[] {
  const loaded = new Set(registry.keys('HKU') ?? []);
  return (registry.keys(list) ?? [])
    .filter((sid) => ofPerson.test(sid))
    .slice(0, mostProfiles)
    .flatMap((sid) => {
      const folder = registry.value(`${list}\\${sid}`, 'ProfileImagePath');
      if (typeof folder !== 'string' || folder === '') return [];
      return [{ sid, folder: expand(folder, environment), isLoaded: loaded.has(sid) }];
    });
}

/** `%SystemDrive%\Users`; a name that is not known stays as it is. */
export function expand(text: string, environment: Record<string, string | undefined>): string {
  return text.replace(/%([^%\s]{1,64})%/g, (whole, name: string) => {
    const key = Object.keys(environment).find((one) => one.toLowerCase() === name.toLowerCase());
    return (key === undefined ? undefined : environment[key]) ?? whole;
  });
}
