import { type Expression, serialFact } from './expression.ts';

const vendorId = (id: string): Expression => ({ fact: { device: { vendorId: id.toLowerCase() } } });
const productId = (id: string): Expression => ({ fact: { device: { productId: id.toLowerCase() } } });

/** `0781_5581`, `0781_` (any product) or `_5581` (any vendor). */
export function vendorAndProduct(text: string): Expression {
  const found = /^([0-9a-f]{4})?_([0-9a-f]{4})?$/i.exec(text);
  const [, vendor, product] = found ?? [];
  if (vendor === undefined && product === undefined) return { lost: `the VID_PID ${text}` };
  return {
    all: [...(vendor === undefined ? [] : [vendorId(vendor)]), ...(product === undefined ? [] : [productId(product)])],
  };
}

export function vendor(text: string): Expression {
  return /^[0-9a-f]{4}$/i.test(text) ? vendorId(text) : { lost: `the vendor ${text}` };
}

export function product(text: string): Expression {
  return /^[0-9a-f]{4}$/i.test(text) ? productId(text) : { lost: `the product ${text}` };
}

/**
 * A Windows instance path: `USB\VID_154B&PID_0028\6EA9150055800605` or `USBSTOR\DISK&VEN_…&PROD_…\SERIAL&0`. Its last
 * part is the serial number, unless it has an `&` before its end: then Windows made it up from the port.
 */
export function instancePath(text: string): Expression {
  const [enumerator = '', device = '', instance = ''] = text.split('\\');
  return { all: [hardware(`${enumerator}\\${device}`), instanceSerial(enumerator, instance)] };
}

/** A Windows device or hardware identifier: `USB\VID_04E8&PID_6860`, with parts we have no words for named. */
export function hardware(text: string): Expression {
  const [enumerator = '', device = ''] = text.split('\\');
  if (device === '*') return { all: [] };
  if (!/^USB$/i.test(enumerator)) return { lost: `the Windows name ${text}` };
  return { all: device.split('&').map(namePart) };
}

function namePart(part: string): Expression {
  const [, kind = '', id = ''] = /^(VID|PID)_([0-9a-f]{4})$/i.exec(part) ?? [];
  if (/^VID$/i.test(kind)) return vendorId(id);
  if (/^PID$/i.test(kind)) return productId(id);
  return { lost: `the part ${part} of a Windows name` };
}

function instanceSerial(enumerator: string, instance: string): Expression {
  if (instance === '*' || instance === '') return { all: [] };
  // Windows adds the number of the drive in the device to the serial number of a disk.
  const serial = /^USBSTOR$/i.test(enumerator) ? instance.replace(/&(\d+|\*)$/, '') : instance;
  if (serial.includes('&')) return { lost: `the port ${instance}, which Windows wrote where no serial number is` };
  return serialFact(serial);
}
