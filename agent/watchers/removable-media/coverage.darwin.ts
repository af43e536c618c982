import type { Coverage } from '#shared/events/agent.ts';
import { neverOnAMac } from '../../platform/darwin/unproved.ts';
import type { LookError } from '../watcher.ts';
import { mostDevices, mostVolumes } from './index.ts';

const how = 'the registry of I/O Kit (ioreg) and diskutil, compared every ten seconds';

/** What is watched on macOS, area by area. Pure. */
export function mediaCoverage(isCut: boolean, { look, listen }: { look?: LookError; listen?: LookError }): Coverage[] {
  const lines = [
    area('usb', how, []),
    area('phones and cameras', how, ['They show no volume: files copied to one are not seen.']),
    area('optical', how, ['A blank disc may pass unseen.']),
    area('memory cards', how, ['A card in the computer’s own slot has no serial number here.']),
    area('volumes', 'diskutil: APFS, CoreStorage and other file systems', [
      'What other products than FileVault encrypt cannot be told, and counts as it looks.',
      ...(isCut ? [`Only the first ${mostDevices} devices and ${mostVolumes} volumes of each are kept.`] : []),
    ]),
  ];
  return lines.map((line): Coverage => {
    if (look) return { ...line, state: 'failed', limits: [look.says, ...line.limits] };
    return listen ? { ...line, state: 'degraded', limits: [listen.says, ...line.limits] } : line;
  });
}

function area(name: string, means: string, limits: string[]): Coverage {
  return { watcher: 'removable-media', area: name, state: 'degraded', how: means, limits: [neverOnAMac, ...limits] };
}
