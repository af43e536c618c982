import { PortcullisError } from '#shared/errors.ts';
import type { PostureFacts } from '#shared/events/posture.ts';
import { cleanText } from '#shared/text.ts';
import type { Tools } from '../../platform/darwin/tools.ts';
import { judgeEnd } from './os-support.ts';
import { macosSupportEnds } from './support-dates.darwin.ts';

export interface MacosVersion {
  /** `14.6.1`. */
  version: string;
  /** `23G93`. */
  build: string;
}

/** @throws when macOS does not say */
export async function readMacosVersion(tools: Tools): Promise<MacosVersion> {
  const ask = async (what: string) => {
    const look = await tools.run('sw_vers', [what]);
    if (!look.ok) throw new PortcullisError(look.error.code, look.error.says);
    return cleanText(look.seen);
  };
  return { version: await ask('-productVersion'), build: await ask('-buildVersion') };
}

/** Pure. */
export function judgeSupport({ version, build }: MacosVersion, now: number): PostureFacts {
  const [major = Number.NaN, minor = 0] = version.split('.').map(Number);
  // Versions before 11 counted on in the second number, and all of them have ended with 10.15.
  const ends = major === 10 && minor <= 15 ? '2022-09-12' : macosSupportEnds[major];
  return judgeEnd(cleanText(`macOS ${version} (${build})`), ends, now);
}
