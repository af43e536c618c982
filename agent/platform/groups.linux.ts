import { cleanText } from '#shared/text.ts';
import { attribute } from './sysfs.linux.ts';

const mostGroups = 4096;
/** Sources of groups that stand in the files of this computer, or hold none of people's. */
const local = ['files', 'compat', 'systemd'];

/**
 * Every group an account is in, by the files of this computer. Undefined when the account is not in them, or when
 * groups come from a directory service too: then the list would not be whole.
 */
export function groupsOf(etc: string, user: string): string[] | undefined {
  const passwd = attribute(`${etc}/passwd`);
  const group = attribute(`${etc}/group`);
  if (passwd === undefined || group === undefined) return undefined;
  if (!isLocalOnly(attribute(`${etc}/nsswitch.conf`) ?? '')) return undefined;
  return parseGroups(passwd, group, user);
}

/** See passwd(5) and group(5). */
export function parseGroups(passwd: string, group: string, user: string): string[] | undefined {
  const account = passwd.split('\n').find((line) => line.startsWith(`${user}:`));
  const own = account?.split(':')[3];
  if (own === undefined) return undefined;
  const names = group.split('\n').flatMap((line) => {
    const [name, , id, members = ''] = line.split(':');
    return name && (id === own || members.split(',').includes(user)) ? [cleanText(name)] : [];
  });
  return [...new Set(names)].slice(0, mostGroups);
}

/** See nsswitch.conf(5). A system without the line takes groups from its files. */
export function isLocalOnly(nsswitch: string): boolean {
  const lines = nsswitch.matchAll(/^\s*(?:group|initgroups):([^#\n]*)/gm);
  return [...lines].every(([, sources = '']) => {
    const words = sources
      .replaceAll(/\[[^\]]*\]/g, ' ')
      .trim()
      .split(/\s+/);
    return words.every((word) => word === '' || local.includes(word));
  });
}
