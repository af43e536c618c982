import type { Coverage } from '#shared/events/agent.ts';
import type { BitLockerVolume } from '../../platform/encryption.windows.ts';
import type { Look, LookError } from '../watcher.ts';
import { mostDevices, mostVolumes } from './index.ts';

export interface Seen {
  /** More was there than is kept. */
  isCut: boolean;
  /** What BitLocker last said; absent while no volume needed it. */
  bitLocker: Look<BitLockerVolume[] | undefined> | undefined;
}

const how = 'the device manager (SetupAPI), by lines of the service host; compared every ten seconds';

/** What is watched on Windows, area by area. Pure. */
export function mediaCoverage(seen: Seen, { look, listen }: { look?: LookError; listen?: LookError }): Coverage[] {
  const lines = [
    area('usb', how, []),
    area('phones and cameras', `${how}; what Windows takes for a portable device`, [
      'They have no drive letter: files copied to one are not seen.',
    ]),
    area('optical', 'volumes compared every ten seconds', ['A blank disc may pass unseen.']),
    area('floppy', 'drives A and B are asked every minute', [
      'A floppy disk that is in for less than a minute may pass unseen.',
    ]),
    area('memory cards', how, ['A USB card reader with one slot and a card in it cannot be told from a memory stick.']),
    volumeArea(seen),
  ];
  return lines.map((line): Coverage => {
    if (look) return { ...line, state: 'failed', limits: [look.says, ...line.limits].slice(0, 8) };
    return listen ? { ...line, state: 'degraded', limits: [listen.says, ...line.limits].slice(0, 8) } : line;
  });
}

function area(name: string, means: string, limits: string[]): Coverage {
  return { watcher: 'removable-media', area: name, state: 'watching', how: means, limits };
}

function volumeArea({ isCut, bitLocker }: Seen): Coverage {
  const limits = [
    'What other products than BitLocker encrypt cannot be told, and counts as it looks.',
    ...(isCut ? [`Only the first ${mostDevices} devices and ${mostVolumes} volumes of each are kept.`] : []),
    ...(bitLocker && !bitLocker.ok ? [bitLocker.error.says] : []),
    ...(bitLocker?.ok && bitLocker.seen === undefined
      ? ['This Windows has no BitLocker to ask: encryption is unknown.']
      : []),
  ];
  const isWhole = !isCut && (bitLocker === undefined || (bitLocker.ok && bitLocker.seen !== undefined));
  return { ...area('volumes', 'file systems and BitLocker (WMI)', limits), state: isWhole ? 'watching' : 'degraded' };
}
