import type { DeviceFacts } from '#shared/device/facts.ts';
import { type Random, randomOf } from '../fakes/random.ts';
import { people } from './people.ts';

/** A stick that the organisation handed out. */
export interface IssuedStick {
  device: DeviceFacts;
  label: string;
  holder: string;
}

/** 16 encrypted sticks with serial numbers of their own. */
export const issuedSticks: readonly IssuedStick[] = Array.from({ length: 16 }, (_, index) => ({
  device: {
    class: 'usb-storage',
    bus: 'usb',
    vendorId: '0951',
    productId: '1666',
    vendor: 'Kingston',
    product: 'IronKey Vault',
    serial: `60A44C3FACC93F1199700${100 + index}`,
    serialTrust: 'device',
    interfaces: ['08:06:50'],
    port: '1-4',
    sizeBytes: 15_728_640_000,
  },
  label: `FOC-USB-${String(index + 1).padStart(2, '0')}`,
  holder: people[index * 3]?.name ?? '',
}));

type Model = Required<Pick<DeviceFacts, 'vendorId' | 'productId' | 'vendor' | 'product' | 'sizeBytes'>>;
const strays: readonly [Model, ...Model[]] = [
  { vendorId: '0781', productId: '5581', vendor: 'SanDisk', product: 'Ultra', sizeBytes: 30_752_636_928 },
  { vendorId: '090c', productId: '1000', vendor: 'Samsung', product: 'Flash Drive', sizeBytes: 64_160_000_000 },
  { vendorId: '058f', productId: '6387', vendor: 'Generic', product: 'Mass Storage', sizeBytes: 8_053_063_680 },
];

/** Somebody's own stick; there are two dozen of them about, some without a serial number. */
export function strayStick(chance: Random): DeviceFacts {
  const model = chance.oneOf(strays);
  const number = chance.below(8);
  const common = {
    ...model,
    class: 'usb-storage' as const,
    bus: 'usb' as const,
    interfaces: ['08:06:50'],
    port: '1-2',
  };
  return model.vendorId === '058f'
    ? { ...common, serialTrust: 'blank' }
    : { ...common, serial: `4C5300012309${number}17331`, serialTrust: 'device' };
}

export const strayDisk: DeviceFacts = {
  class: 'external-disk',
  bus: 'usb',
  vendorId: '0bc2',
  productId: '2322',
  vendor: 'Seagate',
  product: 'Expansion',
  serial: 'NAAB7XQ2',
  serialTrust: 'device',
  interfaces: ['08:06:62'],
  port: '2-1',
  sizeBytes: 1_000_204_886_016,
};

export function ownPhone(seed: number): DeviceFacts {
  return {
    class: 'phone',
    bus: 'usb',
    vendorId: '04e8',
    productId: '6860',
    vendor: 'Samsung',
    product: 'Galaxy A54',
    serial: `R5CT${randomOf(seed).word(7).toUpperCase().replaceAll(/[-_]/g, '5')}`,
    serialTrust: 'device',
    interfaces: ['06:01:01'],
    port: '1-3',
  };
}

/** Bought and put into the register, never seen since. */
export const boxedSerials: readonly string[] = Array.from(
  { length: 6 },
  (_, index) => `60A44C3FACC93F1199700${200 + index}`,
);
