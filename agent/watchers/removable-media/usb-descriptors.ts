const deviceLength = 18;
const configuration = 2;
const interfaceType = 4;

/** Which maker's and which product the device descriptor says it is: four hexadecimal digits each. Empty when it is cut short. */
export function idsOf(descriptors: Uint8Array): { vendorId?: string; productId?: string } {
  if (descriptors.length < deviceLength) return {};
  const idAt = (at: number) => hex(byte(descriptors, at + 1)) + hex(byte(descriptors, at));
  return { vendorId: idAt(8), productId: idAt(10) };
}

/**
 * Interfaces in the raw descriptors of a USB device, as `08:06:50`, each once. All configurations and alternate
 * settings count, because the host may choose another one later. Broken descriptors give what stands before the fault.
 */
export function interfacesOf(descriptors: Uint8Array): string[] {
  const found = new Set<string>();
  for (let at = deviceLength; at + 4 <= descriptors.length; ) {
    const length = byte(descriptors, at + 2) + byte(descriptors, at + 3) * 256;
    if (byte(descriptors, at + 1) !== configuration || length < 9) break;
    collect(descriptors.subarray(at, at + length), found);
    at += length;
  }
  return [...found];
}

function collect(block: Uint8Array, found: Set<string>): void {
  for (let at = 0; at + 2 <= block.length; ) {
    const length = byte(block, at);
    if (length < 2) return;
    if (byte(block, at + 1) === interfaceType && at + 9 <= block.length && length >= 9) {
      found.add([5, 6, 7].map((offset) => hex(byte(block, at + offset))).join(':'));
    }
    at += length;
  }
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
