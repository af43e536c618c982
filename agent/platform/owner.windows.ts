import type { Actor } from '#shared/events/event.ts';
import { cleanText } from '#shared/text.ts';
import type { WindowsSystem } from './windows/system.ts';

/** Administrators, the system, and the services of the system: what they own, a program with raised rights wrote. */
const raised: ReadonlySet<string> = new Set(['S-1-5-32-544', 'S-1-5-18', 'S-1-5-19', 'S-1-5-20']);

/** Who owns a file, as the best guess at who wrote it; with raised rights, who sits at the computer. */
export function ownerReader({
  security,
  sessions,
}: Pick<WindowsSystem, 'security' | 'sessions'>): (path: string) => Actor | undefined {
  return (path) => {
    const sid = security.ownerOf(path);
    if (sid === undefined) return undefined;
    const console = sessions.atConsole();
    const present = raised.has(sid) && console !== undefined ? sessions.userOf(console) : '';
    const user = cleanText(present || (security.accountName(sid) ?? ''));
    return { sid: cleanText(sid), ...(user && { user }) };
  };
}
