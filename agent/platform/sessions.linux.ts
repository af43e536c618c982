import { cleanText } from '#shared/text.ts';
import { attribute, entries } from './sysfs.linux.ts';

/** A session as systemd-logind or elogind keeps it; sd-login(3) reads the same files. */
interface Session {
  id: string;
  user: string;
  seat: string | undefined;
}

const mostSessions = 256;

/**
 * The account whose session has the screen: that of the first seat, or else of the only person at work here. Undefined
 * when nobody is, when several are and none has the first seat, and where no session is kept.
 * @param run root of the system's run files
 */
export function personAtWork(run: string): string | undefined {
  const folder = `${run}/systemd/sessions`;
  const names = entries(folder).filter((name) => /^[A-Za-z0-9]+$/.test(name));
  const sessions = names.slice(0, mostSessions).flatMap((id) => parseSession(id, attribute(`${folder}/${id}`) ?? ''));
  const atFirstSeat = sessions.find(({ seat }) => seat === 'seat0');
  if (atFirstSeat) return atFirstSeat.user;
  const people = new Set(sessions.map(({ user }) => user));
  return people.size === 1 ? sessions[0]?.user : undefined;
}

/** The session when it is a person's, at this computer, and in front. */
export function parseSession(id: string, text: string): Session[] {
  const facts = new Map(text.split('\n').map((line) => assignment(line)));
  const isInFront = facts.get('ACTIVE') === '1' && facts.get('STATE') === 'active' && facts.get('REMOTE') !== '1';
  const user = cleanText(facts.get('USER') ?? '');
  // The sign-in screen is a session too, of class `greeter`; services and timers have others.
  if (!isInFront || !facts.get('CLASS')?.startsWith('user') || user === '') return [];
  return [{ id, user, seat: facts.get('SEAT') }];
}

function assignment(line: string): [string, string] {
  const [name = '', value = ''] = line.split(/=(.*)/s);
  return [name, value.replace(/^"(.*)"$/, '$1')];
}
