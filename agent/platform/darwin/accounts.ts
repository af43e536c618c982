import { posix } from 'node:path';
import { type Look, lookFailed } from '../../watchers/watcher.ts';
import { isDict, parsePlist, textsAt } from './plist.ts';
import type { Tools } from './tools.ts';

/** Somebody with an account on this Mac. */
export interface Account {
  name: string;
  uid: number;
  home: string;
}

/** Accounts below this number are those of macOS and its services. */
const firstPersonalUid = 500;
const standard = 'dsAttrTypeStandard:';

/** Accounts of people that this Mac knows itself; those of a directory that signed in here are among them. */
export async function readAccounts(tools: Tools): Promise<Look<Account[]>> {
  const list = await tools.run('dscl', [
    '-plist',
    '.',
    '-readall',
    '/Users',
    'RecordName',
    'UniqueID',
    'NFSHomeDirectory',
  ]);
  if (!list.ok) return list;
  try {
    return { ok: true, seen: parseAccounts(list.seen) };
  } catch (error) {
    return lookFailed(error, 'The list of accounts could not be read');
  }
}

/** Pure. */
export function parseAccounts(xml: string): Account[] {
  const list = parsePlist(xml);
  return (Array.isArray(list) ? list.filter(isDict) : []).flatMap((one) => {
    const first = (key: string) => textsAt(one, standard + key)[0];
    const [name, uid, home] = [first('RecordName'), Number(first('UniqueID') ?? Number.NaN), first('NFSHomeDirectory')];
    if (!name || name.startsWith('_') || !Number.isInteger(uid) || uid < firstPersonalUid || uid >= 2 ** 31) return [];
    return home?.startsWith('/') && home !== '/' ? [{ name, uid, home: posix.resolve(home) }] : [];
  });
}
