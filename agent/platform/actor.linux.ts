import { readFileSync } from 'node:fs';
import type { Actor } from '#shared/events/event.ts';
import { cleanText } from '#shared/text.ts';

/**
 * The program and its user from the text of /proc/PID/status. The real user id, because a program that raises its
 * rights still works for whoever called it. The program chose its name and may call itself anything.
 */
export function parseStatus(text: string, users: ReadonlyMap<number, string>): Actor | undefined {
  const uidText = /^Uid:\t(\d{1,10})\t/m.exec(text)?.[1];
  if (uidText === undefined) return undefined;
  const name = /^Name:\t(.*)$/m.exec(text)?.[1];
  return { ...actorOf(Number(uidText), users), ...(name ? { process: cleanText(name) } : {}) };
}

export function actorOf(uid: number, users: ReadonlyMap<number, string>): Actor {
  const user = users.get(uid);
  return { uid, ...(user === undefined ? {} : { user: cleanText(user) }) };
}

/** Undefined when the process is gone. Read at once and synchronously: a copying program lives for milliseconds. */
export function readActor(pid: number, users: ReadonlyMap<number, string>, proc = '/proc'): Actor | undefined {
  if (pid <= 0) return undefined;
  try {
    return parseStatus(readFileSync(`${proc}/${pid}/status`, 'utf8'), users);
  } catch {
    return undefined;
  }
}
