import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { LinuxRoots } from '../../agent/platform/sysfs.linux.ts';

export interface TreeUsb {
  vendorId?: string;
  productId?: string;
  manufacturer?: string;
  product?: string;
  serial?: string;
  interfaces: string[];
  /** Text of the first interface. */
  interfaceText?: string;
}

export interface TreeDisk {
  /** Folder under /sys/devices that the disk hangs on, or the port of a USB device. */
  under?: string;
  major?: string;
  removable?: boolean;
  readOnly?: boolean;
  sizeBytes?: number;
  partitions?: Record<string, number>;
  slaves?: string[];
  /** More attributes, by path below the disk: `dm/uuid`. */
  more?: Record<string, string>;
}

/** A computer's /sys, /proc, /dev and /run in a temporary folder, laid out as Linux does. */
export function linuxTree() {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-tree-'));
  const roots: LinuxRoots = {
    sys: join(root, 'sys'),
    proc: join(root, 'proc'),
    dev: join(root, 'dev'),
    run: join(root, 'run'),
  };
  const controller = '/devices/pci0000:00/0000:00:14.0';
  const mounts: string[] = [];
  let nextMinor = 0;
  let nextNumber = 2;

  function write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  function link(path: string, target: string): void {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    symlinkSync(relative(dirname(path), target), path);
  }

  function usbPlace(port: string): string {
    const [bus, chain = ''] = port.split('-');
    const hops = chain.split('.').map((_, index, all) => `${bus}-${all.slice(0, index + 1).join('.')}`);
    return `${controller}/usb${bus}/${hops.join('/')}`;
  }

  const tree = {
    roots,
    /** A bus without devices but its root hub. */
    usbBus() {
      const place = `${roots.sys}${controller}/usb1`;
      write(`${place}/descriptors`, usbDescriptors(['09:00:00']));
      link(`${roots.sys}/bus/usb/devices/usb1`, place);
      mkdirSync(`${roots.dev}/bus/usb/001`, { recursive: true });
      return tree;
    },
    usb(port: string, device: TreeUsb) {
      tree.usbBus();
      const place = `${roots.sys}${usbPlace(port)}`;
      const { interfaces, interfaceText, vendorId, productId, ...strings } = device;
      const attributes = {
        devnum: `${nextNumber++}`,
        idVendor: vendorId ?? '46f4',
        idProduct: productId ?? '0001',
        ...strings,
      };
      for (const [name, text] of Object.entries(attributes)) write(`${place}/${name}`, `${text}\n`);
      for (const index of interfaces.keys()) {
        const part = `${place}/${port}:1.${index}`;
        mkdirSync(part, { recursive: true });
        if (index === 0 && interfaceText) write(`${part}/interface`, `${interfaceText}\n`);
        link(`${roots.sys}/bus/usb/devices/${port}:1.${index}`, part);
      }
      write(`${place}/descriptors`, usbDescriptors(interfaces, vendorId, productId));
      link(`${roots.sys}/bus/usb/devices/${port}`, place);
      return tree;
    },
    unplug(port: string) {
      rmSync(`${roots.sys}/bus/usb/devices/${port}`, { force: true });
      return tree;
    },
    disk(name: string, disk: TreeDisk) {
      const { under = '/devices/virtual', major = '8', sizeBytes = 0, partitions = {}, slaves = [], more = {} } = disk;
      const parent = under.startsWith('/') ? under : `${usbPlace(under)}/${under}:1.0/host6/target6:0:0/6:0:0:0`;
      const place = `${roots.sys}${parent}/block/${name}`;
      const common = { ro: disk.readOnly ? '1' : '0' };
      const own = { removable: disk.removable ? '1' : '0', ...more };
      for (const [part, bytes] of [['', sizeBytes] as const, ...Object.entries(partitions)]) {
        const folder = part ? `${place}/${part}` : place;
        const attributes = { dev: `${major}:${nextMinor++}`, size: `${bytes / 512}`, ...common };
        const all = part ? { ...attributes, partition: '1' } : { ...attributes, ...own };
        for (const [key, text] of Object.entries(all)) write(`${folder}/${key}`, `${text}\n`);
      }
      for (const slave of slaves) write(`${place}/slaves/${slave}`, '');
      link(`${roots.sys}/block/${name}`, place);
      return tree;
    },
    eject(name: string) {
      rmSync(`${roots.sys}/block/${name}`, { force: true });
      return tree;
    },
    /** @param line the part of a line of mountinfo from the device number on */
    mount(line: string) {
      mounts.push(`${mounts.length + 20} 1 ${line}`);
      return tree.proc('self/mountinfo', mounts.map((mount) => `${mount}\n`).join(''));
    },
    unmountAll() {
      mounts.length = 0;
      return tree.proc('self/mountinfo', '');
    },
    proc(path: string, text: string) {
      write(`${roots.proc}/${path}`, text);
      return tree;
    },
    write(path: string, content: string | Uint8Array) {
      write(join(root, path), content);
      return tree;
    },
    [Symbol.dispose]() {
      rmSync(root, { recursive: true, force: true });
    },
  };
  return tree.disk('sda', { under: `${controller}/ata1/host0`, sizeBytes: 1e9 * 512 }).unmountAll();
}

/** Raw descriptors with one configuration that has each interface once. */
export function usbDescriptors(interfaces: readonly string[], vendorId = '46f4', productId = '0001'): Uint8Array {
  const ids = [vendorId, productId].flatMap((id) => [...Buffer.from(id, 'hex')].reverse());
  const device = [18, 1, 0, 2, 0, 0, 0, 64, ...ids, 0, 0, 0, 0, 0, 1];
  return Uint8Array.from([...device, ...usbConfiguration(interfaces)]);
}

/** Command, status, data in and data out, each followed by a word of what it is for. */
const uasEndpoints = [0x04, 0x81, 0x82, 0x03].flatMap((address, index) => [
  ...[7, 5, address, 2, 0, 2, 0],
  ...[4, 0x24, index + 1, 0],
]);

export function usbConfiguration(interfaces: readonly string[]): number[] {
  const parts = interfaces.flatMap((triple, index) => {
    const [kind, sub, protocol] = triple.split(':').map((byte) => Number.parseInt(byte, 16));
    const endpoints = triple === '08:06:62' ? uasEndpoints : [7, 5, 0x81, 2, 0, 2, 0];
    return [9, 4, index, 0, 1, kind ?? 0, sub ?? 0, protocol ?? 0, 0, ...endpoints];
  });
  const length = 9 + parts.length;
  return [9, 2, length & 255, length >> 8, interfaces.length, 1, 0, 0x80, 50, ...parts];
}
