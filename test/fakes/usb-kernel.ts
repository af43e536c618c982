import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Tools } from '../../agent/enforcement/tools.linux.ts';
import type { Writer } from '../../agent/enforcement/writer.linux.ts';
import { linuxTree, usbDescriptors } from './linux-tree.ts';

/**
 * The part of Linux that authorises USB devices and binds memory cards, on a tree of files: a device is configured
 * when it is authorised, and its interfaces are as the bus says at that moment.
 */
export function usbKernel() {
  const tree = linuxTree();
  const folder = join(tree.roots.sys, 'bus/usb/devices');
  const devices = new Map<string, readonly string[]>();
  const written: string[] = [];
  const used: string[] = [];
  const refusing = new Set<string>();
  let nextNumber = 2;

  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${text}\n`);
  };
  const get = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined);
  const inSys = (path: string) => join(tree.roots.sys, path);

  function bus(number: number): void {
    for (const door of ['authorized_default', 'interface_authorized_default'])
      put(join(folder, `usb${number}`, door), '1');
  }

  function configure(port: string): void {
    const own = get(join(folder, `usb${port.split('-')[0]}`, 'interface_authorized_default')) ?? '1';
    for (const [index, triple] of (devices.get(port) ?? []).entries()) {
      const place = join(folder, `${port}:1.${index}`);
      const [kind = '', sub = '', protocol = ''] = triple.split(':');
      const bytes = { bInterfaceClass: kind, bInterfaceSubClass: sub, bInterfaceProtocol: protocol, authorized: own };
      for (const [name, text] of Object.entries(bytes)) put(join(place, name), text);
      put(join(place, 'bInterfaceNumber'), `0${index}`);
      bind(`${port}:1.${index}`);
      if (kind === '08')
        for (const [name, direction] of [
          ['ep_81', 'in'],
          ['ep_02', 'out'],
        ] as const) {
          put(join(place, name, 'type'), 'Bulk');
          put(join(place, name, 'direction'), direction);
        }
    }
  }

  /** An interface that is let in gets its driver, and one that is shut loses it. */
  function bind(name: string): void {
    const driver = join(folder, name, 'driver');
    rmSync(driver, { force: true });
    if (get(join(folder, name, 'authorized')) === '1') symlinkSync('.', driver);
  }

  function deconfigure(port: string): void {
    const parts = readdirSync(folder).filter((name) => name.startsWith(`${port}:`));
    for (const name of parts) rmSync(join(folder, name), { recursive: true });
  }

  const write: Writer = (path, text) => {
    const place = path.replace(`${tree.roots.sys}/`, '');
    written.push(`${place}=${text}`);
    if ([...refusing].some((part) => place.includes(part))) return Promise.resolve('EPERM');
    const port = /^bus\/usb\/devices\/(\d+-[\d.]+)\/authorized$/.exec(place)?.[1];
    if (!existsSync(path)) return Promise.resolve('ENOENT');
    if (port !== undefined && get(path) !== text) (text === '1' ? configure : deconfigure)(port);
    const card = /^bus\/mmc\/drivers(_probe|\/)/.test(place)
      ? join(inSys('bus/mmc/devices'), text, 'driver')
      : undefined;
    if (card !== undefined && place.endsWith('probe')) symlinkSync('.', card);
    else if (card !== undefined) rmSync(card);
    else if (place === 'bus/usb/drivers_probe') bind(text);
    else put(path, text);
    const shut = text === '0' && /^bus\/usb\/devices\/([^/]+:[^/]+)\/authorized$/.exec(place)?.[1];
    if (shut) bind(shut);
    return Promise.resolve(undefined);
  };

  const tools: Tools = {
    blockdev: '/usr/sbin/blockdev',
    run(name, args) {
      used.push([name, ...args].join(' '));
      const node = args.at(-1)?.replace(`${tree.roots.dev}/`, '') ?? '';
      if (args[0]?.startsWith('--set')) setReadOnly(node, args[0] === '--setro');
      return Promise.resolve({ ok: true, seen: '' });
    },
  };

  function setReadOnly(name: string, isReadOnly: boolean): void {
    const disk = name.replace(/(?<=[a-z])\d+$/, '');
    put(inSys(disk === name ? `block/${disk}/ro` : `block/${disk}/${name}/ro`), isReadOnly ? '1' : '0');
  }

  bus(1);
  bus(2);
  put(inSys('module/usbcore/parameters/authorized_default'), '-1');
  put(inSys('bus/usb/drivers_probe'), '');

  return {
    tree,
    roots: tree.roots,
    write,
    tools,
    bus,
    /** Everything written below /sys, in order. */
    written,
    /** Tools that were run. */
    used,
    /** Parts of paths that refuse to be written. */
    refusing,
    /** Plugs a device in; its bus says whether it is let in. */
    plug(port: string, interfaces: readonly string[]) {
      devices.set(port, interfaces);
      const isLetIn = get(join(folder, `usb${port.split('-')[0]}`, 'authorized_default')) !== '0';
      put(join(folder, port, 'busnum'), port.split('-')[0] ?? '');
      put(join(folder, port, 'devnum'), `${nextNumber++}`);
      put(join(folder, port, 'authorized'), isLetIn ? '1' : '0');
      put(join(folder, port, 'speed'), '5000');
      writeFileSync(join(folder, port, 'descriptors'), usbDescriptors(interfaces));
      if (isLetIn) configure(port);
    },
    unplug(port: string) {
      deconfigure(port);
      rmSync(join(folder, port), { recursive: true });
    },
    card(name: string) {
      put(inSys(`bus/mmc/devices/${name}/type`), 'SD');
      if (get(inSys('bus/mmc/drivers_autoprobe')) !== '0') symlinkSync('.', inSys(`bus/mmc/devices/${name}/driver`));
    },
    slot() {
      put(inSys('bus/mmc/drivers_autoprobe'), '1');
      put(inSys('bus/mmc/drivers_probe'), '');
      put(inSys('bus/mmc/drivers/mmcblk/unbind'), '');
    },
    input(name: string, place: string, capabilities: Record<string, string>) {
      const target = inSys(`devices/${place}/${name}`);
      for (const [kind, bits] of Object.entries(capabilities)) put(join(target, 'capabilities', kind), bits);
      mkdirSync(inSys('class/input'), { recursive: true });
      symlinkSync(target, inSys(`class/input/${name}`));
    },
    isAuthorized: (port: string) => get(join(folder, port, 'authorized')) === '1',
    /** Interfaces that may have a driver, as triples. */
    open: (port: string) =>
      (devices.get(port) ?? []).filter((_, index) => get(join(folder, `${port}:1.${index}`, 'authorized')) === '1'),
    hasDriver: (name: string) => existsSync(join(folder, name, 'driver')),
    valueOf: (path: string) => get(inSys(path)),
    [Symbol.dispose]: () => tree[Symbol.dispose](),
  };
}
