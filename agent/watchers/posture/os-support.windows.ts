import type { PostureFacts } from '#shared/events/posture.ts';
import { cleanText } from '#shared/text.ts';
import type { Registry } from '../../platform/windows/registry.ts';
import { judgeEnd } from './os-support.ts';
import { windowsSupportEnds } from './support-dates.windows.ts';

/** Which Windows this is, in words that are the same in every language of it. */
export interface WindowsVersion {
  build: number;
  /** Small updates since the build. */
  revision: number;
  /** `Professional`, `Enterprise`, `EnterpriseS`, `Core`, `ServerStandard`. */
  edition: string;
  /** `22H2`; older ones have none. */
  release: string;
  isServer: boolean;
}

const currentVersion = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';
const firstBuildOf11 = 22_000;

/** @throws when the registry does not say */
export function readWindowsVersion(registry: Registry): WindowsVersion {
  const text = (name: string) => String(registry.value(currentVersion, name) ?? '');
  const build = Number(text('CurrentBuildNumber'));
  if (!Number.isInteger(build) || build === 0) throw new Error('The registry does not say which build this is.');
  return {
    build,
    revision: Number(registry.value(currentVersion, 'UBR') ?? 0),
    edition: cleanText(text('EditionID')),
    release: cleanText(text('DisplayVersion')),
    isServer: text('InstallationType').startsWith('Server'),
  };
}

/** Pure. The name in the registry still says Windows 10 on Windows 11. */
export function windowsName({ build, edition, release, isServer }: WindowsVersion): string {
  const generation = isServer ? 'Server' : build >= firstBuildOf11 ? '11' : '10';
  return ['Windows', generation, edition, release].filter((word) => word !== '').join(' ');
}

/** Pure. */
export function judgeSupport(version: WindowsVersion, now: number): PostureFacts {
  const what = cleanText(`${windowsName(version)} (${version.build}.${version.revision})`);
  return judgeEnd(what, windowsSupportEnds[version.build]?.[branchOf(version)], now);
}

/** Editions for companies are looked after longer, and those for devices that hardly change longest. */
function branchOf({
  edition,
  isServer,
}: WindowsVersion): 'usual' | 'enterprise' | 'longTerm' | 'deviceLongTerm' | 'server' {
  if (isServer) return 'server';
  if (/^IoTEnterpriseS/.test(edition)) return 'deviceLongTerm';
  if (/^EnterpriseS/.test(edition)) return 'longTerm';
  return /^(Enterprise|Education|IoTEnterprise|ServerRdsh)/.test(edition) ? 'enterprise' : 'usual';
}
