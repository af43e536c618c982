import { isoTime } from '#shared/clock.ts';
import { type DeviceFacts, deviceKey } from '#shared/device/facts.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { RightName } from '#shared/policy/decision.ts';
import type { BreakGlassEvents } from './break-glass-events.ts';

/** A device that was there while everything was allowed. */
export interface DeviceUsed {
  device: Pick<DeviceFacts, 'class' | 'vendor' | 'product' | 'serial'> & { key: string };
  /** What the media register said of it. */
  register?: string;
  first: string;
  last: string;
  /** How often each kind of event was about it. */
  happened: Record<string, number>;
}

/** Something the policy would have denied and break-glass let through. */
export interface LetThrough {
  device: string;
  rights: RightName[];
  /** The rule that would have denied it, and the version of the policy it stands in. */
  ruleId: string;
  policyVersion: number;
  /** `report`: that policy only reports, so nothing would have been stopped without break-glass either. */
  mode: 'report' | 'enforce';
  count: number;
  first: string;
}

/** One break-glass period of one computer. */
export interface BreakGlassReport {
  challenge: string;
  computer: { id: string; hostname: string };
  /** Who agreed to the code and why; absent when it was not made here, which is an alarm of its own. */
  code?: { madeAt: string; approver: string; reason: string };
  from: string;
  until: string;
  /** Absent while it lasts, or when its end was not reported. */
  ended?: { at: string; because: 'expired' | 'cancelled' };
  /** Accounts that were at work at the computer, as far as it could tell. */
  people: string[];
  devices: DeviceUsed[];
  letThrough: LetThrough[];
  /** How often each kind of event happened, devices and all else. */
  happened: Record<string, number>;
  /** There were more events than are looked at: the report speaks of the first ones. */
  isCut: boolean;
}

/** What the policy in force at that moment would have decided without break-glass. */
export type WithoutBreakGlass = (
  event: Decided,
) => { rights: RightName[]; ruleId: string; mode: LetThrough['mode'] } | undefined;

type Decided = Extract<
  PortcullisEvent,
  { kind: 'media.attached' | 'media.changed' | 'media.mounted' | 'media.decided' }
>;

/** Puts the report together. Pure. */
export function breakGlassReport(found: BreakGlassEvents, without: WithoutBreakGlass): BreakGlassReport {
  const { redeemed, ended, events, computer, code, isCut } = found;
  const devices = new Map<string, DeviceUsed>();
  const letThrough = new Map<string, LetThrough>();
  for (const event of events) {
    if (isAboutDevice(event)) addDevice(devices, event);
    if (isDecided(event)) addLetThrough(letThrough, event, without(event));
  }
  const people = new Set([redeemed, ...events].flatMap(({ actor }) => actor?.user ?? []));
  return {
    challenge: redeemed.data.challenge,
    computer,
    ...(code && { code: { ...code, madeAt: isoTime(code.madeAt) } }),
    from: redeemed.at,
    until: redeemed.data.until,
    ...(ended && { ended: { at: ended.at, because: ended.data.because } }),
    people: [...people].sort(),
    devices: [...devices.values()],
    letThrough: [...letThrough.values()],
    happened: counts(events.map(({ kind }) => kind)),
    isCut,
  };
}

type AboutDevice = Extract<PortcullisEvent, { data: { device: DeviceFacts } }>;

function isAboutDevice(event: PortcullisEvent): event is AboutDevice {
  return event.kind.startsWith('media.') && 'device' in event.data && event.data.device !== undefined;
}

/** Whether break-glass decided something of it. */
function isDecided(event: PortcullisEvent): event is Decided {
  const { decidedBy = {} } = event.decision ?? {};
  return isAboutDevice(event) && Object.values(decidedBy).includes('break-glass');
}

function addDevice(devices: Map<string, DeviceUsed>, { at, kind, data }: AboutDevice): void {
  const { device } = data;
  const key = deviceKey(device);
  const { class: deviceClass, vendor, product, serial } = device;
  const words = { ...(vendor && { vendor }), ...(product && { product }), ...(serial && { serial }) };
  const used = devices.get(key) ?? {
    device: { key, class: deviceClass, ...words },
    first: at,
    last: at,
    happened: {},
  };
  if ('register' in data && data.register) used.register = data.register;
  used.last = at;
  used.happened[kind] = (used.happened[kind] ?? 0) + 1;
  devices.set(key, used);
}

function addLetThrough(
  found: Map<string, LetThrough>,
  { at, data, decision }: Decided,
  denied: ReturnType<WithoutBreakGlass>,
): void {
  if (!denied || denied.rights.length === 0) return;
  const device = deviceKey(data.device);
  const policyVersion = decision?.policyVersion ?? 0;
  const name = JSON.stringify([device, denied, policyVersion]);
  const one = found.get(name) ?? { device, ...denied, policyVersion, count: 0, first: at };
  one.count += 1;
  found.set(name, one);
}

function counts(words: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const word of words) found[word] = (found[word] ?? 0) + 1;
  return found;
}
