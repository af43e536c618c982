import { dictsAt, flagAt, isDict, numberAt, type PlistDict, parsePlist, textAt } from './plist.ts';

/** What a storage device offers: a slot for a medium, and the disk in it where there is one. */
export interface UsbSlot {
  kind: 'disk' | 'optical';
  /** Absent where no medium is in. */
  disk?: { id: string; sizeBytes: number | undefined; isRemovable: boolean };
  /** Disks that macOS makes of what lies on it: containers of APFS, opened volumes of CoreStorage. */
  derived: string[];
}

/** A USB device as the registry of I/O Kit shows it. Its words are its own and not cleaned yet. */
export interface UsbDevice {
  /** Bus and chain of ports, as one number: tells two devices of a kind apart. */
  location: number;
  vendorId: number;
  productId: number;
  vendor?: string;
  product?: string;
  serial?: string;
  /** `08:06:50`. */
  interfaces: string[];
  speaksMtp: boolean;
  slots: UsbSlot[];
}

const mostNodes = 20_000;

/** Pure. The devices in the answer of `ioreg -a -r -l -c IOUSBHostDevice`: a list of trees, hubs with what hangs on them. */
export function parseUsb(xml: string): UsbDevice[] {
  // Nothing printed: there is no device.
  const trees = xml.trim() === '' ? [] : parsePlist(xml);
  const todo = Array.isArray(trees) ? trees.filter(isDict) : [];
  const found = new Map<number, UsbDevice>();
  for (let seen = 0; todo.length > 0 && seen < mostNodes; seen++) {
    const node = todo.shift();
    if (!node) break;
    const device = isDevice(node) ? deviceOf(node) : undefined;
    // A device below a hub is listed twice: below the hub, and as the top of a tree of its own.
    if (device && !found.has(device.location)) found.set(device.location, device);
    todo.push(...childrenOf(node));
  }
  return [...found.values()];
}

function childrenOf(node: PlistDict): PlistDict[] {
  return dictsAt(node, 'IORegistryEntryChildren');
}

/** Interfaces carry the numbers of their device, too, but not its class. */
function isDevice(node: PlistDict): boolean {
  return numberAt(node, 'idVendor') !== undefined && numberAt(node, 'bDeviceClass') !== undefined;
}

function deviceOf(node: PlistDict): UsbDevice | undefined {
  const location = numberAt(node, 'locationID');
  if (location === undefined) return undefined;
  const own = ownNodes(node);
  const interfaces = own.filter((one) => numberAt(one, 'bInterfaceClass') !== undefined);
  const words = {
    vendor: textAt(node, 'USB Vendor Name') ?? textAt(node, 'kUSBVendorString'),
    product: textAt(node, 'USB Product Name') ?? textAt(node, 'kUSBProductString'),
    serial: textAt(node, 'USB Serial Number') ?? textAt(node, 'kUSBSerialNumberString'),
  };
  return {
    ...Object.fromEntries(Object.entries(words).filter(([, word]) => word !== undefined)),
    location: location >>> 0,
    vendorId: numberAt(node, 'idVendor') ?? 0,
    productId: numberAt(node, 'idProduct') ?? 0,
    interfaces: interfaces.map(tripleOf),
    speaksMtp: interfaces.some((one) => textAt(one, 'IORegistryEntryName')?.includes('MTP')),
    slots: own.flatMap(slotOf),
  };
}

/** A device and everything below it, but for the devices that hang on a hub. */
function ownNodes(device: PlistDict): PlistDict[] {
  const found: PlistDict[] = [];
  const todo = [device];
  while (todo.length > 0 && found.length < mostNodes) {
    const node = todo.shift();
    if (!node) break;
    found.push(node);
    todo.push(...childrenOf(node).filter((one) => !isDevice(one)));
  }
  return found;
}

function tripleOf(node: PlistDict): string {
  const hex = (key: string) => ((numberAt(node, key) ?? 0) & 0xff).toString(16).padStart(2, '0');
  return `${hex('bInterfaceClass')}:${hex('bInterfaceSubClass')}:${hex('bInterfaceProtocol')}`;
}

/** `IOBlockStorageDriver`, `IOCDBlockStorageDriver`, … stands above the medium, and stays when it is taken out. */
function slotOf(node: PlistDict): UsbSlot[] {
  const name = textAt(node, 'IOObjectClass') ?? '';
  if (!/^IO(CD|DVD|BD)?BlockStorageDriver$/.test(name)) return [];
  const whole = ownNodes(node).filter((one) => flagAt(one, 'Whole') && textAt(one, 'BSD Name'));
  const [first, ...rest] = whole;
  const id = first && textAt(first, 'BSD Name');
  const disk = first &&
    id !== undefined && { id, sizeBytes: numberAt(first, 'Size'), isRemovable: flagAt(first, 'Removable') ?? true };
  return [
    {
      kind: name === 'IOBlockStorageDriver' ? 'disk' : 'optical',
      ...(disk && { disk }),
      derived: rest.flatMap((one) => textAt(one, 'BSD Name') ?? []),
    },
  ];
}
