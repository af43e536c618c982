import type { PostureFacts } from '#shared/events/posture.ts';
import { ifThere, readStart } from '../../platform/files.linux.ts';

/**
 * Services by the name of their process, cut to 15 characters as the kernel does. Endpoint products that detect
 * malware count. Names are from the vendors' own documents; a product whose name is not certain is left out.
 */
const products: readonly { name: string; processes: readonly string[] }[] = [
  { name: 'Microsoft Defender for Endpoint', processes: ['wdavdaemon'] },
  { name: 'Sophos Protection for Linux', processes: ['sophos_threat_d'] },
  { name: 'Sophos Anti-Virus', processes: ['savscand'] },
  { name: 'ESET Endpoint Security', processes: ['oaeventd', 'esets_daemon'] },
  { name: 'CrowdStrike Falcon', processes: ['falcon-sensor', 'falcon-sensor-b'] },
  { name: 'Trellix (McAfee) Endpoint Security', processes: ['mfetpd'] },
  { name: 'SentinelOne', processes: ['s1-agent'] },
  { name: 'Trend Micro Deep Security', processes: ['ds_am'] },
  { name: 'Bitdefender Endpoint Security', processes: ['bdsecd'] },
  { name: 'Kaspersky Endpoint Security', processes: ['kesl'] },
  { name: 'Carbon Black', processes: ['cbagentd'] },
  { name: 'Elastic Defend', processes: ['elastic-endpoin'] },
];
const clamd = 'clamd';

export const antivirusProcesses: readonly string[] = [clamd, ...products.flatMap(({ processes }) => processes)];

/** ClamAV publishes signatures daily; a week without any means that updating is broken. */
const oldestSignatureDays = 7;
const day = 86_400_000;

/** Pure. @param signaturesFrom when ClamAV's daily signatures were made, undefined when there are none */
export function judgeAntivirus(
  running: ReadonlySet<string>,
  signaturesFrom: number | undefined,
  now: number,
): PostureFacts {
  const item = 'antivirus' as const;
  const others = products.filter(({ processes }) => processes.some((name) => running.has(name)));
  if (others.length > 0) {
    const what = others.map(({ name }) => name).join(', ');
    return { item, state: 'good', what, because: 'Its service is running. The age of its signatures is not read.' };
  }
  const what = 'ClamAV';
  if (!running.has(clamd)) {
    return signaturesFrom === undefined
      ? { item, state: 'bad', because: 'No known antivirus service is running.' }
      : { item, state: 'bad', what, because: 'It is installed, but its service (clamd) is not running.' };
  }
  if (signaturesFrom === undefined) return { item, state: 'bad', what, because: 'It is running without signatures.' };
  return now - signaturesFrom > oldestSignatureDays * day
    ? { item, state: 'bad', what, because: `It is running with signatures older than ${oldestSignatureDays} days.` }
    : { item, state: 'good', what, because: `It is running with signatures of the last ${oldestSignatureDays} days.` };
}

/** When the newest daily signatures were made, in milliseconds since 1970. */
export async function readSignatureTime(folder: string): Promise<number | undefined> {
  const times: number[] = [];
  for (const name of ['daily.cld', 'daily.cvd']) {
    const start = await ifThere(readStart(`${folder}/${name}`, 512));
    const time = start && parseSignatureTime(start.toString('latin1'));
    if (time !== undefined) times.push(time);
  }
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** The last field of a signature file's 512-byte header, separated by colons, is when it was built, in seconds. */
export function parseSignatureTime(header: string): number | undefined {
  if (!header.startsWith('ClamAV-VDB:')) return undefined;
  const seconds = /:(\d{9,11}) *\0*$/.exec(header)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
