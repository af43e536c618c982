import { uptime } from 'node:os';
import { enforceOnDarwin } from '../enforcement/darwin.ts';
import { watchDocumentSavesOnDarwin } from '../watchers/document-saves/darwin.ts';
import { watchDriveEncryptionOnDarwin } from '../watchers/drive-encryption/darwin.ts';
import { watchMediaFilesOnDarwin } from '../watchers/media-files/darwin.ts';
import { watchPostureOnDarwin } from '../watchers/posture/darwin.ts';
import { watchRemovableMediaOnDarwin } from '../watchers/removable-media/darwin.ts';
import { watchSoftwareOnDarwin } from '../watchers/software/darwin.ts';
import { unsupported } from '../watchers/watcher.ts';
import { startedWhen } from './bare.ts';
import type { PlatformOptions } from './current.ts';
import { readAccounts } from './darwin/accounts.ts';
import { systemTools, type Tools } from './darwin/tools.ts';
import { readInventoryOnDarwin } from './inventory.darwin.ts';
import type { Platform } from './platform.ts';
import { presenceOnDarwin } from './presence.darwin.ts';

const accountsEveryMilliseconds = 5 * 60_000;

export async function darwin({ nameKey }: PlatformOptions, tools: Tools = systemTools()): Promise<Platform> {
  const uptimeMilliseconds = () => Math.round(uptime() * 1000);
  const session = await tools.run('sysctl', ['-n', 'kern.bootsessionuuid']);
  const boot = session.ok ? session.seen.trim() : startedWhen('darwin', Date.now(), uptimeMilliseconds());
  const presence = presenceOnDarwin(await nameReader(tools));
  const isRoot = process.getuid?.() === 0;
  return {
    os: 'darwin',
    privileged: isRoot,
    bootId: () => boot,
    uptimeMilliseconds,
    stopper: async () => 'unknown',
    watchers: {
      'removable-media': watchRemovableMediaOnDarwin(tools),
      'media-files': watchMediaFilesOnDarwin(() => presence.look().person?.name, { nameKey }),
      'drive-encryption': watchDriveEncryptionOnDarwin(tools),
      'document-saves': watchDocumentSavesOnDarwin(tools, { nameKey }),
      software: watchSoftwareOnDarwin(tools),
      posture: watchPostureOnDarwin(tools),
    },
    enforcement: isRoot ? enforceOnDarwin(tools) : unsupported('The agent does not run as root.'),
    scanning: unsupported(
      'A volume cannot be shown to the agent alone on macOS, so that nothing is scanned before use.',
    ),
    presence,
    inventory: () => readInventoryOnDarwin(tools),
  };
}

/** Names of accounts by number: read now and now and then, because whoever asks may not wait. */
async function nameReader(tools: Tools): Promise<(uid: number) => string | undefined> {
  let names = new Map<number, string>();
  const read = async () => {
    const accounts = await readAccounts(tools);
    if (accounts.ok) names = new Map(accounts.seen.map(({ uid, name }) => [uid, name]));
  };
  await read();
  setInterval(() => void read(), accountsEveryMilliseconds).unref();
  return (uid) => names.get(uid);
}
