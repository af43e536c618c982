import type koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import { PortcullisError } from '#shared/errors.ts';

/** Transfers that are handed in and fetched when they have ended, in whatever order; see the kernel's usbdevice_fs.h. */
export interface UsbTransfers {
  /** Gives endpoints streams of their own, as USB 3 has them. @throws when they cannot be had */
  allotStreams(endpoints: readonly number[]): void;
  /**
   * Sends or fetches by a bulk endpoint, whichever its address says, without keeping others waiting.
   * @param stream number of the stream, 0 for none
   * @returns how many bytes went, or -1 when the device refused or was silent
   */
  transfer(endpoint: number, data: Buffer, stream?: number): Promise<number>;
}

/** ioctl(2) with a place in memory. @returns below 0 when it fails */
export type Ioctl = KoffiFunc<(fd: number, request: number, taken: unknown) => number>;

/** Memory that stays where it is, which the kernel looks at again when a transfer is fetched. */
export interface Fixed {
  address: bigint;
  bytes: Buffer;
  free(): void;
}

export interface TransferParts {
  ioctl: Ioctl;
  allot(bytes: number): Fixed;
  /** Longest wait for one transfer, in milliseconds. */
  timeout: number;
}

const requests = { allotStreams: 0x8008_551c, submit: 0x8038_550a, fetchEnded: 0x4008_550d } as const;
/** `struct usbdevfs_urb` on a computer of 64 bits, and where in it things stand. */
const request = { bytes: 56, type: 0, endpoint: 1, status: 4, buffer: 16, length: 24, came: 28, stream: 36 } as const;
const bulkType = 3;
/** The kernel takes no fewer. */
const fewestStreams = 2;
const pauseMilliseconds = 1;

/** @param fd an open device; closing it ends what is under way, and `free` may be called after that */
export function usbTransfers(fd: number, { ioctl, allot, timeout }: TransferParts): UsbTransfers & { free(): void } {
  const waiting = new Map<bigint, (ended: boolean) => void>();
  const held = new Set<Fixed>();

  function hold(bytes: number): Fixed {
    const fixed = allot(bytes);
    held.add(fixed);
    return fixed;
  }

  /** All that have ended by now. */
  function fetchEnded(): void {
    const place = Buffer.alloc(8);
    while (waiting.size > 0 && ioctl(fd, requests.fetchEnded, place) >= 0) {
      const address = place.readBigUInt64LE();
      waiting.get(address)?.(true);
      waiting.delete(address);
    }
  }

  async function ended(address: bigint): Promise<boolean> {
    const outcome = Promise.withResolvers<boolean>();
    waiting.set(address, outcome.resolve);
    const until = performance.now() + timeout;
    const ask = () => {
      fetchEnded();
      if (!waiting.has(address)) return;
      if (performance.now() < until) setTimeout(ask, pauseMilliseconds);
      else outcome.resolve(false);
    };
    ask();
    return outcome.promise;
  }

  return {
    allotStreams(endpoints) {
      const wanted = Buffer.alloc(8 + endpoints.length);
      wanted.writeUInt32LE(fewestStreams, 0);
      wanted.writeUInt32LE(endpoints.length, 4);
      wanted.set(endpoints, 8);
      if (ioctl(fd, requests.allotStreams, wanted) < 0) throw new PortcullisError('streams', 'It has no streams.');
    },
    async transfer(endpoint, data, stream = 0) {
      const { bytes, address } = hold(request.bytes + data.length);
      const content = bytes.subarray(request.bytes);
      content.set(data);
      bytes.writeUInt8(bulkType, request.type);
      bytes.writeUInt8(endpoint, request.endpoint);
      bytes.writeBigUInt64LE(address + BigInt(request.bytes), request.buffer);
      bytes.writeInt32LE(data.length, request.length);
      bytes.writeUInt32LE(stream, request.stream);
      if (ioctl(fd, requests.submit, address) < 0 || !(await ended(address))) return -1;
      if (bytes.readInt32LE(request.status) !== 0) return -1;
      data.set(content);
      return bytes.readInt32LE(request.came);
    },
    free() {
      for (const fixed of held) fixed.free();
      held.clear();
    },
  };
}

export function transferParts(library: typeof koffi): Omit<TransferParts, 'timeout'> {
  return {
    ioctl: library.load(null).func('ioctl', 'int', ['int', 'unsigned long', 'void *']),
    allot(bytes) {
      const place: unknown = library.alloc('uint8_t', bytes);
      const view = Buffer.from(library.view(place, bytes)).fill(0);
      return { address: library.address(place), bytes: view, free: () => library.free(place) };
    },
  };
}
