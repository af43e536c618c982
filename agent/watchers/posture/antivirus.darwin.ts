import { stat } from 'node:fs/promises';
import type { PostureFacts } from '#shared/events/posture.ts';
import { cleanText } from '#shared/text.ts';
import { parseDict, textAt } from '../../platform/darwin/plist.ts';
import type { Tools } from '../../platform/darwin/tools.ts';

/** What was found out; undefined is what could not be told. */
export interface AntivirusSigns {
  /** Bundle ids of system extensions that are switched on. */
  extensions: string[];
  xprotect: { version: string; from: number } | undefined;
  /** Gatekeeper lets only programs start that are signed. */
  isGatekeeperOn: boolean | undefined;
  /** The system's own files are guarded. */
  isIntegrityOn: boolean | undefined;
}

/** Names are from the vendors' own deployment documents; a product whose name is not certain is left out. */
const products: readonly { name: string; extension: string }[] = [
  { name: 'Microsoft Defender for Endpoint', extension: 'com.microsoft.wdav.epsext' },
  { name: 'CrowdStrike Falcon', extension: 'com.crowdstrike.falcon.Agent' },
  { name: 'Sophos Endpoint', extension: 'com.sophos.endpoint.scanextension' },
  { name: 'SentinelOne', extension: 'com.sentinelone.network-monitoring' },
];

const bundle = '/Library/Apple/System/Library/CoreServices/XProtect.bundle';
/** Apple has renewed its definitions every few weeks; after three months without, updating is broken. */
const oldestDays = 90;
const day = 86_400_000;

export async function readAntivirus(tools: Tools, folder = bundle): Promise<AntivirusSigns> {
  const extensions = await tools.run('systemextensionsctl', ['list']);
  const info = await tools.run('plutil', ['-convert', 'xml1', '-o', '-', `${folder}/Contents/Info.plist`]);
  const from = await stat(`${folder}/Contents/Resources`).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
  const version = info.ok ? textAt(parseDict(info.seen), 'CFBundleShortVersionString') : undefined;
  // Both say it by words of a program, not of the system's language, and spctl by a status beside.
  const gatekeeper = await tools.run('spctl', ['--status'], { okStatus: [0, 1] });
  const integrity = await tools.run('csrutil', ['status']);
  return {
    extensions: extensions.ok ? parseExtensions(extensions.seen) : [],
    xprotect: version !== undefined && from !== undefined ? { version, from } : undefined,
    isGatekeeperOn: gatekeeper.ok ? parseSwitch(gatekeeper.seen, /^assessments (enabled|disabled)$/m) : undefined,
    isIntegrityOn: integrity.ok ? parseSwitch(integrity.seen, /status: (enabled|disabled)\b/) : undefined,
  };
}

/** Pure. Bundle ids on lines that end with `[activated enabled]`. */
export function parseExtensions(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    if (!line.trimEnd().endsWith('[activated enabled]')) return [];
    return /\s((?:[\w-]+\.){2,}[\w-]+) \(/.exec(line)?.[1] ?? [];
  });
}

/** Pure. Undefined where the words are others than those known. */
export function parseSwitch(text: string, pattern: RegExp): boolean | undefined {
  const word = pattern.exec(text)?.[1];
  return word === undefined ? undefined : word === 'enabled';
}

/** Pure. What Apple builds in counts when it is whole: definitions of late, Gatekeeper and the guard of the system on. */
export function judgeAntivirus(signs: AntivirusSigns, now: number): PostureFacts {
  const item = 'antivirus' as const;
  const others = products.filter(({ extension }) => signs.extensions.includes(extension));
  if (others.length > 0) {
    const what = others.map(({ name }) => name).join(', ');
    return { item, state: 'good', what, because: 'Its system extension is on. The age of its signatures is not read.' };
  }
  const { xprotect, isGatekeeperOn, isIntegrityOn } = signs;
  const what = xprotect ? cleanText(`XProtect ${xprotect.version}`) : 'XProtect';
  if (isGatekeeperOn === false) return { item, state: 'bad', what, because: 'Gatekeeper is switched off.' };
  if (isIntegrityOn === false)
    return { item, state: 'bad', what, because: 'System Integrity Protection is switched off.' };
  if (xprotect && now - xprotect.from > oldestDays * day) {
    return { item, state: 'bad', what, because: `Its definitions are older than ${oldestDays} days.` };
  }
  if (!xprotect || isGatekeeperOn === undefined || isIntegrityOn === undefined) {
    return { item, state: 'unknown', what, because: 'macOS does not say whether all of its protection is on.' };
  }
  return { item, state: 'good', what, because: `Definitions of the last ${oldestDays} days; Gatekeeper is on.` };
}
