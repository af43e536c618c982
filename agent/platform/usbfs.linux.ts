import { closeSync, constants, openSync } from 'node:fs';
import type { KoffiFunc, TypeObject } from 'koffi';
import { PortcullisError } from '#shared/errors.ts';
import { type TransferParts, transferParts, type UsbTransfers, usbTransfers } from './usbfs-transfers.linux.ts';

/** A USB device spoken to past all drivers, see the kernel's usbdevice_fs.h. Every call ends within its time. */
export interface UsbTalk extends UsbTransfers {
  /** Takes an interface for this process alone; it must be authorised and have no driver. @throws when it cannot be had */
  claim(number: number): void;
  /** A request on the control endpoint. @returns how many bytes came, or -1 when the device refused or was silent */
  control(request: ControlRequest, data: Buffer): Promise<number>;
  /** Sends or fetches by a bulk endpoint, whichever its address says. @returns how many bytes went, or -1 */
  bulk(endpoint: number, data: Buffer): Promise<number>;
  /** Gives up what was claimed. */
  close(): void;
}

export interface ControlRequest {
  type: number;
  request: number;
  value: number;
  index: number;
}

/** Numbers of the requests, which hold the size of what they take: the same on every 64-bit Linux but MIPS and PowerPC. */
const requests = { control: 0xc018_5500, bulk: 0xc018_5502, claim: 0x8004_550f } as const;

type Call = KoffiFunc<(fd: number, request: number, taken: object) => number>;
interface Calls {
  transfers: Omit<TransferParts, 'timeout'>;
  claim: Call;
  control: Call;
  bulk: Call;
}

/** The one call ioctl(2), once for each kind of thing it takes. */
async function loadCalls(): Promise<Calls> {
  const { default: koffi } = await import('koffi');
  const controlTransfer = koffi.struct({
    type: 'uint8_t',
    request: 'uint8_t',
    value: 'uint16_t',
    index: 'uint16_t',
    length: 'uint16_t',
    timeout: 'uint32_t',
    data: 'void *',
  });
  const bulkTransfer = koffi.struct({ endpoint: 'uint', length: 'uint', timeout: 'uint', data: 'void *' });
  const libc = koffi.load(null);
  const taking = (what: string | TypeObject): Call =>
    libc.func('ioctl', 'int', ['int', 'unsigned long', koffi.pointer(what)]);
  return {
    claim: taking('uint'),
    control: taking(controlTransfer),
    bulk: taking(bulkTransfer),
    transfers: transferParts(koffi),
  };
}

/**
 * Opens devices by their nodes, `/dev/bus/usb/001/004`; throws when that cannot be done, as without root.
 * @param timeout longest wait for one answer, in milliseconds
 */
export function usbOpener(timeout: number): (node: string) => Promise<UsbTalk> {
  let loading: Promise<Calls> | undefined;
  return async (node) => {
    loading ??= loadCalls();
    const { claim, control, bulk, transfers } = await loading;
    const fd = openSync(node, constants.O_RDWR);
    const { free, ...handedIn } = usbTransfers(fd, { ...transfers, timeout });
    const inBackground = (call: Call, request: number, transfer: object) =>
      new Promise<number>((resolve) => {
        call.async(fd, request, transfer, (error: unknown, said: number) => resolve(error ? -1 : said));
      });
    return {
      ...handedIn,
      claim(number) {
        if (claim(fd, requests.claim, [number]) < 0) throw new PortcullisError('claim', 'The interface is taken.');
      },
      control: (request, data) =>
        inBackground(control, requests.control, { ...request, length: data.length, timeout, data }),
      bulk: (endpoint, data) => inBackground(bulk, requests.bulk, { endpoint, length: data.length, timeout, data }),
      close() {
        closeSync(fd);
        free();
      },
    };
  };
}
