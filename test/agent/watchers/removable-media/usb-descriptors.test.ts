import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idsOf, interfacesOf } from '../../../../agent/watchers/removable-media/usb-descriptors.ts';
import { usbConfiguration, usbDescriptors } from '../../../fakes/linux-tree.ts';

describe('interfaces in the descriptors of a USB device', () => {
  it('lists each of a composite device once', () => {
    expect(interfacesOf(usbDescriptors(['08:06:50', '03:01:01', '08:06:50']))).toEqual(['08:06:50', '03:01:01']);
  });

  it('counts what another configuration would offer', () => {
    const both = [...usbDescriptors(['ff:ff:ff']), ...usbConfiguration(['02:06:00'])];
    expect(interfacesOf(Uint8Array.from(both))).toEqual(['ff:ff:ff', '02:06:00']);
  });

  it('goes on with the next configuration after a broken one, as the kernel does', () => {
    const broken = usbConfiguration(['08:06:50']);
    broken[9] = 0;
    const whole = [...usbDescriptors([]), ...broken, ...usbConfiguration(['03:01:01'])];
    expect(interfacesOf(Uint8Array.from(whole))).toEqual(['03:01:01']);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const found = interfacesOf(Uint8Array.from([...usbDescriptors(['08:06:50']), ...bytes]));
        expect(found).toContain('08:06:50');
        for (const one of found) expect(one).toMatch(/^[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}$/);
      }),
    );
  });
});

describe('ids of a USB device', () => {
  it('are those of its descriptor, least byte first there', () => {
    expect(idsOf(usbDescriptors([], '0781', '5581'))).toEqual({ vendorId: '0781', productId: '5581' });
  });

  it('are not known of a descriptor that is cut short', () => {
    expect(idsOf(usbDescriptors([]).subarray(0, 17))).toEqual({});
  });
});
