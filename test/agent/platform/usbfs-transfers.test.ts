import koffi from 'koffi';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ioctl, transferParts, usbTransfers } from '../../../agent/platform/usbfs-transfers.linux.ts';

const { allot } = transferParts(koffi);
const calls = { allotStreams: 0x8008_551c, submit: 0x8038_550a, fetchEnded: 0x4008_550d };
const bytesOfRequest = 56;

/** The kernel's side: what was handed in, by its place in memory, and what has ended. */
function usbfs({ isDeaf = false, hasStreams = true } = {}) {
  const handedIn: { address: bigint; bytes: Buffer }[] = [];
  const ended: bigint[] = [];
  const streams: Buffer[] = [];

  const ioctl = ((_fd: number, request: number, taken: unknown) => {
    if (request === calls.allotStreams) {
      streams.push(Buffer.from(taken as Buffer));
      return hasStreams ? 0 : -1;
    }
    if (request === calls.submit) {
      if (isDeaf) return -1;
      handedIn.push({ address: taken as bigint, bytes: Buffer.from(koffi.view(taken, 300)) });
      return 0;
    }
    const next = ended.shift();
    if (next === undefined) return -1;
    (taken as Buffer).writeBigUInt64LE(next);
    return 0;
  }) as unknown as Ioctl;

  function end(index: number, said: string, status = 0): void {
    const one = handedIn[index];
    if (!one) throw new Error('Nothing was handed in.');
    one.bytes.write(said, bytesOfRequest, 'latin1');
    one.bytes.writeInt32LE(status, 4);
    one.bytes.writeInt32LE(said.length, 28);
    ended.push(one.address);
  }
  return { ioctl, handedIn, end, streams };
}

type Kernel = ReturnType<typeof usbfs>;
let free: (() => void)[] = [];
afterEach(() => {
  for (const one of free) one();
  free = [];
});

function opened({ ioctl }: Kernel, timeout = 5_000) {
  const transfers = usbTransfers(3, { ioctl, allot, timeout });
  free.push(transfers.free);
  return transfers;
}

describe('a transfer', () => {
  it('is handed in as the kernel wants it', async () => {
    const kernel = usbfs();
    const sent = opened(kernel).transfer(0x04, Buffer.from('ask'), 1);
    const [one] = kernel.handedIn;
    const { address = 0n, bytes = Buffer.alloc(0) } = one ?? {};
    expect([bytes[0], bytes[1]]).toEqual([3, 0x04]);
    expect(bytes.readBigUInt64LE(16)).toBe(address + BigInt(bytesOfRequest));
    expect([bytes.readInt32LE(24), bytes.readUInt32LE(36)]).toEqual([3, 1]);
    expect(bytes.toString('latin1', bytesOfRequest, bytesOfRequest + 3)).toBe('ask');
    kernel.end(0, 'ask');
    expect(await sent).toBe(3);
  });

  it('may end after one that was handed in later', async () => {
    const kernel = usbfs();
    const { transfer } = opened(kernel);
    const [first, second] = [Buffer.alloc(8), Buffer.alloc(8)];
    const early = transfer(0x82, first);
    const late = transfer(0x81, second);
    kernel.end(1, 'word');
    expect(await late).toBe(4);
    kernel.end(0, 'data');
    expect(await early).toBe(4);
    expect([first.toString('latin1', 0, 4), second.toString('latin1', 0, 4)]).toEqual(['data', 'word']);
  });

  it.each<[string, Kernel, (kernel: Kernel) => void]>([
    ['the device refuses it', usbfs(), (kernel) => kernel.end(0, '', -32)],
    ['nothing comes in its time', usbfs(), () => undefined],
    ['the kernel does not take it', usbfs({ isDeaf: true }), () => undefined],
  ])('is -1 when %s', async (_case, kernel, then) => {
    const said = opened(kernel, 30).transfer(0x81, Buffer.alloc(8));
    then(kernel);
    expect(await said).toBe(-1);
  });
});

describe('streams', () => {
  it('are asked for by number and endpoint', () => {
    const kernel = usbfs();
    opened(kernel).allotStreams([0x81, 0x82]);
    expect(kernel.streams.map((asked) => asked.toString('hex'))).toEqual(['02000000020000008182']);
  });

  it('that cannot be had are an error', () => {
    expect(() => opened(usbfs({ hasStreams: false })).allotStreams([0x81])).toThrow('It has no streams.');
  });
});
