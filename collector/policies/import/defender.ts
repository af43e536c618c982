import type { DeviceClass } from '#shared/device/facts.ts';
import type { When } from '#shared/policy/conditions.ts';
import type { Expression } from './expression.ts';

/** Classes that Microsoft Defender device control speaks of, by the word of its XML files and of its JSON files. */
export const families: Record<string, DeviceClass[]> = {
  RemovableMediaDevices: ['usb-storage', 'external-disk', 'memory-card'],
  removable_media_devices: ['usb-storage', 'external-disk', 'memory-card'],
  CdRomDevices: ['optical'],
  WpdDevices: ['phone', 'camera'],
  portable_devices: ['phone', 'camera'],
  PrinterDevices: ['printer'],
};

export const governed: When = {
  device: { class: ['usb-storage', 'external-disk', 'memory-card', 'optical', 'phone', 'camera', 'printer'] },
};

export function family(name: string): Expression {
  const classes = families[name];
  // Apple's phones and tablets, told from others by the vendor.
  if (name === 'apple_devices') return { fact: { device: { class: ['phone', 'camera'], vendorId: '05ac' } } };
  return classes ? { fact: { device: { class: classes } } } : { lost: `the device family ${name}` };
}

/** A group of devices, referred to by its identifier; one that was not given cannot be said. */
export function groupOf(id: string, groups: ReadonlyMap<string, Expression>): Expression {
  return groups.get(id.toLowerCase()) ?? { lost: `the group ${id}, which is not in the files given` };
}
