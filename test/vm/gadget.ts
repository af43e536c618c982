import type { Plug } from './devices.ts';
import type { Guest } from './guest.ts';

export type GadgetFunction = 'storage' | 'keyboard' | 'modem' | 'network';

/** What a USB device says of itself; absent words are absent from its descriptors. */
export interface GadgetWords {
  vendorId: string;
  productId: string;
  vendor?: string;
  product?: string;
  serial?: string;
}

const root = '/sys/kernel/config/usb_gadget';
let last = 0;

/** A device with any words and any mixture of functions, made by the guest's own kernel and plugged into itself. */
export function gadget(words: GadgetWords, functions: readonly GadgetFunction[]): Plug {
  return async ({ guest }) => {
    const folder = `${root}/gadget${++last}`;
    await guest.run(['/bin/mkdir', '-p', `${folder}/strings/0x409`, `${folder}/configs/c.1/strings/0x409`]);
    await write(guest, `${folder}/idVendor`, `0x${words.vendorId}`);
    await write(guest, `${folder}/idProduct`, `0x${words.productId}`);
    await write(guest, `${folder}/bcdUSB`, '0x0200');
    const { vendor, product, serial } = words;
    for (const [name, text] of Object.entries({ manufacturer: vendor, product, serialnumber: serial })) {
      if (text !== undefined) await write(guest, `${folder}/strings/0x409/${name}`, text);
    }
    for (const one of functions) await addFunction(guest, folder, one);
    await write(guest, `${folder}/UDC`, 'dummy_udc.0');
    return { unplug: () => pullOut(guest, folder) };
  };
}

const places: Readonly<Record<GadgetFunction, string>> = {
  storage: 'mass_storage.0',
  keyboard: 'hid.0',
  modem: 'acm.0',
  network: 'ecm.0',
};

async function addFunction(guest: Guest, folder: string, one: GadgetFunction): Promise<void> {
  const place = `${folder}/functions/${places[one]}`;
  await guest.run(['/bin/mkdir', place]);
  if (one === 'storage') {
    await write(guest, `${place}/lun.0/removable`, '1');
    await write(guest, `${place}/lun.0/file`, '/opt/laboratory/small.img');
  }
  if (one === 'keyboard') {
    await write(guest, `${place}/protocol`, '1');
    await write(guest, `${place}/subclass`, '1');
    await write(guest, `${place}/report_length`, '8');
    await guest.sh(`base64 -d > ${place}/report_desc`, { input: keyboardReport.toString('base64') });
  }
  await guest.run(['/bin/ln', '-s', place, `${folder}/configs/c.1/`]);
}

/** Report descriptor of a keyboard of one byte of modifiers and six keys, in the words of the HID specification. */
const keyboardReport = Buffer.from(
  [
    '0501 0906 a101', // Generic desktop, keyboard, application.
    '0507 19e0 29e7 1500 2501 7501 9508 8102', // Modifiers: eight bits.
    '9501 7508 8103', // Reserved byte.
    '9506 7508 1500 2565 0507 1900 2965 8100', // Six keys.
    'c0',
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);

/** Byte for byte: no shell sees what hostile words are made of. */
async function write(guest: Guest, file: string, text: string): Promise<void> {
  await guest.run(['/bin/dd', `of=${file}`, 'bs=4096'], { input: text });
}

async function pullOut(guest: Guest, folder: string): Promise<void> {
  await guest.sh(`cd ${folder} && echo > UDC && rm -f configs/c.1/*.0 && rmdir functions/*`);
}
