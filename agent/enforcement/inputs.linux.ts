import { attribute, deviceFolder, entries } from '../platform/sysfs.linux.ts';

/** Where working keyboards and pointing devices hang: the ports of USB, and `''` for what is built in. */
export interface Inputs {
  keyboards: ReadonlySet<string>;
  pointers: ReadonlySet<string>;
}

const usbDevice = /^\d+-\d+(\.\d+)*$/;
/** Numbers of the keys A, Q and Z, see linux/input-event-codes.h: a power button has keys, too, and no letters. */
const letters = [30n, 16n, 44n];
/** The first two axes, X and Y. */
const axes = 3n;

export function readInputs(sys: string): Inputs {
  const keyboards = new Set<string>();
  const pointers = new Set<string>();
  for (const name of entries(`${sys}/class/input`).filter((entry) => /^input\d+$/.test(entry))) {
    const folder = deviceFolder(sys, `class/input/${name}`);
    // What a program made up is no way in for a person.
    if (!folder || folder.startsWith('/devices/virtual/')) continue;
    const port = folder.split('/').findLast((part) => usbDevice.test(part)) ?? '';
    const bits = (kind: string) => parseBits(attribute(`${sys}/class/input/${name}/capabilities/${kind}`) ?? '');
    if (letters.every((key) => (bits('key') >> key) & 1n)) keyboards.add(port);
    if ((bits('rel') & axes) === axes || (bits('abs') & axes) === axes) pointers.add(port);
  }
  return { keyboards, pointers };
}

/** Words of 64 bits in hexadecimal, the most significant first. */
export function parseBits(text: string): bigint {
  return text
    .split(' ')
    .filter((word) => /^[0-9a-f]+$/.test(word))
    .reduce((all, word) => (all << 64n) | BigInt(`0x${word}`), 0n);
}
