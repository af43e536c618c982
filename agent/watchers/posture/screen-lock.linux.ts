import { readdir } from 'node:fs/promises';
import { cleanText } from '#shared/text.ts';
import { ifThere, readStart } from '../../platform/files.linux.ts';
import type { ForcedSettings, ScreenLockSigns } from './screen-lock.ts';
import { parseSettings } from './settings.ts';

export interface ScreenLockRoots {
  /** Where desktops announce themselves to the sign-in screen. */
  sessions: readonly string[];
  dconf: string;
  kde: string;
}
const longestFile = 64 * 1024;

export async function readScreenLock(roots: ScreenLockRoots, homes: readonly string[]): Promise<ScreenLockSigns> {
  const names = await Promise.all(roots.sessions.map(listNames));
  const desktops = desktopsOf(names.flat());
  return {
    desktops,
    gnome: desktops.includes('GNOME') ? await readForcedSettings(roots.dconf) : undefined,
    kde: desktops.includes('KDE Plasma') ? await readKde(roots.kde, homes) : undefined,
  };
}

/** Desktops by the files with which they announce themselves. */
export function desktopsOf(files: readonly string[]): string[] {
  const names = files.flatMap((file) => {
    const name = /^(.+)\.desktop$/.exec(file)?.[1]?.toLowerCase();
    // What a display manager brings along to start whatever the user has.
    if (name === undefined || ['lightdm-xsession', 'default'].includes(name)) return [];
    if (/^(gnome|ubuntu)(-|$)/.test(name)) return ['GNOME'];
    return /^(plasma|kde)/.test(name) ? ['KDE Plasma'] : [cleanText(name)];
  });
  return [...new Set(names)].sort().slice(0, 10);
}

/**
 * dconf's key files, as far as they are in force: a profile names the database and `dconf update` has compiled it.
 * The users' own databases are binary and are not read.
 */
async function readForcedSettings(dconf: string): Promise<ForcedSettings> {
  const profile = (await readText(`${dconf}/profile/user`)) ?? '';
  const compiled = await listNames(`${dconf}/db`);
  const databases = [...profile.matchAll(/^\s*system-db:([\w.-]+)\s*$/gm)].flatMap(([, name]) => name ?? []);
  const values = new Map<string, string>();
  const locked = new Set<string>();
  // The database named first wins, so it is put on last.
  for (const name of databases.filter((each) => compiled.includes(each)).reverse()) {
    const folder = `${dconf}/db/${name}.d`;
    for (const text of await readTexts(folder)) for (const [key, value] of parseSettings(text)) values.set(key, value);
    for (const text of await readTexts(`${folder}/locks`)) for (const line of text.split('\n')) locked.add(line.trim());
  }
  return { values, locked };
}

async function readKde(system: string, homes: readonly string[]): Promise<Map<string, string>[]> {
  const files = [`${system}/kscreenlockerrc`, ...homes.map((home) => `${home}/.config/kscreenlockerrc`)];
  const [first, ...users] = await Promise.all(files.map(readText));
  return [parseSettings(first ?? ''), ...users.flatMap((text) => (text === undefined ? [] : [parseSettings(text)]))];
}

async function readTexts(folder: string): Promise<string[]> {
  const names = (await listNames(folder)).sort().slice(0, 200);
  const texts = await Promise.all(names.map((name) => readText(`${folder}/${name}`)));
  return texts.filter((text) => text !== undefined);
}

async function listNames(folder: string): Promise<string[]> {
  return (await ifThere(readdir(folder))) ?? [];
}

/** Undefined for what is no ordinary file, too: users may put anything in the place of theirs. */
async function readText(path: string): Promise<string | undefined> {
  const start = await readStart(path, longestFile).catch(() => undefined);
  return start?.toString('utf8');
}
