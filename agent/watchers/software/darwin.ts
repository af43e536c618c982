import { readAccounts } from '../../platform/darwin/accounts.ts';
import type { Tools } from '../../platform/darwin/tools.ts';
import { neverOnAMac } from '../../platform/darwin/unproved.ts';
import type { WatcherFactory } from '../watcher.ts';
import { applicationsReader } from './applications.darwin.ts';
import { software } from './index.ts';
import { inventoryOf } from './inventory.ts';
import type { Reader } from './reader.ts';
import { receiptsReader } from './receipts.darwin.ts';

/** Where macOS keeps what is installed. Tests put folders of their own in their place. */
const usualRoots = { applications: ['/Applications', '/Applications/Utilities'], receipts: '/var/db/receipts' };
export type SoftwareRoots = typeof usualRoots;

export function watchSoftwareOnDarwin(tools: Tools, roots: SoftwareRoots = usualRoots): WatcherFactory {
  return (context) => software(inventoryOf(readersOfDarwin(tools, roots).map(unproved), context), context);
}

function readersOfDarwin(tools: Tools, { applications, receipts }: SoftwareRoots): Reader[] {
  const folders = async () => {
    const accounts = await readAccounts(tools);
    const own = accounts.ok ? accounts.seen.map(({ home }) => `${home}/Applications`) : [];
    return [...applications, ...own];
  };
  return [applicationsReader(tools, folders, applications), receiptsReader(tools, receipts)];
}

function unproved(reader: Reader): Reader {
  return { ...reader, limits: [neverOnAMac, ...reader.limits] };
}
