import Type from 'typebox';
import { Software } from '#shared/events/software.ts';
import { checker } from '#shared/schema.ts';
import { readProfiles } from '../../platform/profiles.windows.ts';
import type { Registry } from '../../platform/windows/registry.ts';
import { readUserAppx } from './appx.windows.ts';
import { readUserUninstall } from './uninstall.windows.ts';

const keptKey = 'HKLM\\SOFTWARE\\Portcullis\\UserSoftware';
const Titles = Type.Array(Software, { maxItems: 2000 });

/**
 * What people installed for themselves. Their part of the registry is there only while they are signed in: of the
 * others, what was last seen is kept, since signing out removes no program. A profile that is deleted takes its titles along.
 */
export function readUserTitles(registry: Registry, environment: Record<string, string | undefined>): Software[] {
  const profiles = readProfiles(registry, environment);
  const known = new Set(profiles.map(({ sid }) => sid));
  for (const sid of registry.values(keptKey)?.keys() ?? []) if (!known.has(sid)) registry.remove(keptKey, sid);
  return profiles.flatMap(({ sid, isLoaded }) => (isLoaded ? seen(registry, sid) : kept(registry, sid)));
}

function seen(registry: Registry, sid: string): Software[] {
  const titles = [...readUserUninstall(registry, sid), ...readUserAppx(registry, sid)].slice(0, 2000);
  const text = JSON.stringify(titles);
  if (registry.value(keptKey, sid) !== text && (titles.length > 0 || registry.value(keptKey, sid) !== undefined)) {
    registry.set(keptKey, sid, text);
  }
  return titles;
}

function kept(registry: Registry, sid: string): Software[] {
  try {
    const titles: unknown = JSON.parse(String(registry.value(keptKey, sid) ?? '[]'));
    return checker(Titles).check(titles) ? titles : [];
  } catch {
    return [];
  }
}
