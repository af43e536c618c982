import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attack, fingerprintOf } from './attacker.ts';
import { type Plug, stick, usbCase, usbDevice } from './devices.ts';
import { findLab } from './lab.ts';
import { type Machine, restoreMachine } from './machine.ts';
import { startUsbGuard } from './usbguard.ts';

/*
 * The measuring itself, before anything of ours is measured: the attacker gets everything where nothing stops it, and
 * nothing where the kernel refuses every device; USBGuard is the yardstick of what lies between.
 */
const sticks: [name: string, plug: Plug][] = [
  ['a stick', stick('fat32', { serial: 'TARGET0001' })],
  ['a UAS disk', usbCase('usb-uas', 'scsi-hd', 'fat32')],
];

let machine: Machine;
beforeEach(async () => {
  machine = await restoreMachine(findLab(process.env));
});
afterEach(() => machine?.stop());

/** As the kernel tells it: the devices that are plugged in, and whether they may be used. */
async function authorised(): Promise<string[]> {
  const said = await machine.guest.sh(
    'cd /sys/bus/usb/devices; for d in [0-9]-[0-9]*; do [ -e $d/authorized ] && [ -e $d/idVendor ] && echo "$(cat $d/bDeviceClass $d/authorized | tr "\\n" " ")"; done; true',
  );
  return said
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.trim());
}

/** Plugs, and waits until the guest's kernel has seen the device. */
async function plugAndWait(plug: Plug) {
  const plugged = await plug(machine);
  await vi.waitFor(async () => expect(await authorised()).toHaveLength(1), { timeout: 20_000, interval: 100 });
  return plugged;
}

/** Long enough for every driver that could still come up: a stick's disk appears a second after the stick. */
async function settle(): Promise<void> {
  await machine.guest.run(['/bin/sleep', '3']);
  await machine.guest.run(['/bin/udevadm', 'settle']);
}

describe('where nothing stops it, the attacker', () => {
  it.each(sticks)('reads %s by disk, by SCSI and by file', async (_name, plug) => {
    const attacker = await attack(machine.guest);
    await plugAndWait(plug);
    for (const how of ['read', 'scsi', 'file'] as const) await attacker.leak(how);
    expect(attacker.leaks()).toContainEqual({ how: 'file', from: 'sda1' });
  });

  it('changes a stick, and the image shows it', async () => {
    const attacker = await attack(machine.guest, 'write');
    const { unplug, image = '' } = await plugAndWait(stick('fat32'));
    const before = fingerprintOf(image);
    await attacker.leak('write');
    await unplug();
    expect(fingerprintOf(image)).not.toBe(before);
  });

  it('leaves the image as it was when it only reads', async () => {
    const attacker = await attack(machine.guest, 'read');
    const { unplug, image = '' } = await plugAndWait(stick('fat32'));
    const before = fingerprintOf(image);
    await attacker.leak('file');
    await unplug();
    expect(fingerprintOf(image)).toBe(before);
  });
});

describe('where the kernel refuses new devices, the attacker', () => {
  it.each(sticks)('gets nothing from %s', async (_name, plug) => {
    await machine.guest.sh('for hub in /sys/bus/usb/devices/usb*; do echo 0 > $hub/authorized_default; done');
    const attacker = await attack(machine.guest, 'write');
    const { unplug, image = '' } = await plugAndWait(plug);
    const before = fingerprintOf(image);
    await settle();
    expect(attacker.leaks()).toEqual([]);
    await unplug();
    expect(fingerprintOf(image)).toBe(before);
  });
});

describe('USBGuard with a rule for keyboards', () => {
  it.each(sticks)('gives the attacker nothing of %s', async (_name, plug) => {
    const guard = await startUsbGuard(machine.guest, ['allow with-interface equals { 03:01:01 }']);
    const attacker = await attack(machine.guest, 'write');
    await plugAndWait(plug);
    await settle();
    expect(attacker.leaks()).toEqual([]);
    expect(await authorised()).toEqual(['00 0']);
    await guard.stop();
  });

  it('lets a keyboard work', async () => {
    await startUsbGuard(machine.guest, ['allow with-interface equals { 03:01:01 }']);
    await plugAndWait(usbDevice('usb-kbd'));
    await vi.waitFor(async () => expect(await authorised()).toEqual(['00 1']), { timeout: 20_000, interval: 200 });
  });
});
