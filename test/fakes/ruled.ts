import { type DeviceFacts, deviceKey } from '#shared/device/facts.ts';
import type { Rights } from '#shared/policy/decision.ts';
import type { Ruled } from '../../agent/enforcement/enforcement.ts';
import { wishOf } from '../../agent/enforcement/wish.ts';

export function deviceOf(device: Partial<DeviceFacts>): DeviceFacts {
  return { class: 'usb-storage', bus: 'usb', serialTrust: 'blank', interfaces: [], ...device };
}

/** A device with what a decision of these rights comes to. */
export function ruledOf(facts: Partial<DeviceFacts>, rights: Rights, volumes: Record<string, Rights> = {}): Ruled {
  const device = deviceOf(facts);
  const each = Object.entries(volumes).map(([name, given]) => [name, wishOf(given)] as const);
  return { key: deviceKey(device), device, wish: wishOf(rights), volumes: new Map(each) };
}
