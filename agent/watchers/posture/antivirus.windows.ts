import type { PostureFacts } from '#shared/events/posture.ts';
import { cleanText } from '#shared/text.ts';
import type { Wmi, WmiRow } from '../../platform/windows/wmi.ts';

/** A product as the security centre knows it. */
export interface Protection {
  name: string;
  /** `snoozed`: switched off for a while; `expired`: its licence has ended. */
  state: 'on' | 'off' | 'snoozed' | 'expired' | 'unknown';
  isUpToDate: boolean;
}

/** What was found out; undefined is what this Windows does not have: servers have no security centre. */
export interface AntivirusSigns {
  products: Protection[] | undefined;
  defender: { isOn: boolean; signatureDays: number | undefined } | undefined;
}

const states = { 0: 'off', 1: 'on', 2: 'snoozed', 3: 'expired' } as const;
/** A week without new signatures means that updating is broken. */
const oldestSignatureDays = 7;

export function readAntivirus(wmi: Wmi): AntivirusSigns {
  const products = wmi.query('ROOT\\SecurityCenter2', 'AntiVirusProduct', ['displayName', 'productState']);
  if (products && products.length > 0) return { products: products.flatMap(parseProduct), defender: undefined };
  const properties = ['AntivirusEnabled', 'RealTimeProtectionEnabled', 'AntivirusSignatureAge'];
  const [defender] = wmi.query('ROOT\\Microsoft\\Windows\\Defender', 'MSFT_MpComputerStatus', properties) ?? [];
  return { products: products?.flatMap(parseProduct), defender: defender && parseDefender(defender) };
}

/** Pure. Of the number `0x00TTSSUU`: the upper half of SS is whether it is on, UU other than 0 that it is not up to date. */
export function parseProduct({ displayName, productState }: WmiRow): Protection[] {
  if (typeof displayName !== 'string' || typeof productState !== 'number') return [];
  const state = (states as Record<number, Protection['state']>)[(productState >>> 12) & 0xf] ?? 'unknown';
  return [{ name: cleanText(displayName), state, isUpToDate: (productState & 0xff) === 0 }];
}

export function parseDefender(row: WmiRow): NonNullable<AntivirusSigns['defender']> {
  const age = Number(row.AntivirusSignatureAge ?? Number.NaN);
  return {
    isOn: row.AntivirusEnabled === true && row.RealTimeProtectionEnabled === true,
    signatureDays: Number.isFinite(age) ? age : undefined,
  };
}

/** Pure. One product that is on and up to date is enough. */
export function judgeAntivirus({ products, defender }: AntivirusSigns): PostureFacts {
  const item = 'antivirus' as const;
  if (defender) return { item, what: 'Microsoft Defender', ...judgeDefender(defender) };
  if (products === undefined) {
    return { item, state: 'unknown', because: 'This Windows has neither a security centre nor Defender to ask.' };
  }
  const on = products.filter(({ state }) => state === 'on');
  const best = on.find(({ isUpToDate }) => isUpToDate) ?? on[0] ?? products[0];
  if (!best) return { item, state: 'bad', because: 'The security centre knows of no antivirus.' };
  const what = best.name;
  if (best.state === 'unknown')
    return { item, state: 'unknown', what, because: 'Its state is a number not known here.' };
  if (best.state !== 'on') return { item, state: 'bad', what, because: `The security centre calls it ${best.state}.` };
  return best.isUpToDate
    ? { item, state: 'good', what, because: 'The security centre calls it on and up to date.' }
    : { item, state: 'bad', what, because: 'It is on, and its signatures are not up to date.' };
}

function judgeDefender({
  isOn,
  signatureDays,
}: NonNullable<AntivirusSigns['defender']>): Pick<PostureFacts, 'state' | 'because'> {
  if (!isOn) return { state: 'bad', because: 'Its protection is not on at all times.' };
  if (signatureDays === undefined)
    return { state: 'unknown', because: 'It is on; the age of its signatures is not told.' };
  return signatureDays > oldestSignatureDays
    ? { state: 'bad', because: `It is on with signatures older than ${oldestSignatureDays} days.` }
    : { state: 'good', because: `It is on with signatures of the last ${oldestSignatureDays} days.` };
}
