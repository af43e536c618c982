import { posix } from 'node:path';

/** A line of the user database that belongs to a person or to root. */
export interface Account {
  name: string;
  uid: number;
  home: string;
}

const firstPersonalUid = 1000;
const nobody = 65_534;

/** Accounts of people and of root in a password file, see passwd(5); those of services are left out. */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uidText, , , home] = line.split(':');
    const uid = Number(uidText);
    const personal = uid === 0 || (uid >= firstPersonalUid && uid !== nobody);
    if (!name || !uidText || !Number.isInteger(uid) || !personal) return [];
    return home?.startsWith('/') && home !== '/' ? [{ name, uid, home: posix.resolve(home) }] : [];
  });
}
