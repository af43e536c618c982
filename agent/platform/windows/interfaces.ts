import koffi from 'koffi';
import { fromWide } from './bytes.ts';
import { library } from './library.ts';

/** A network connection as Windows keeps it (MIB_IF_ROW2 of netioapi.h). */
export interface NetworkInterface {
  /** The name people see, which Node uses, too. */
  name: string;
  /** IANA's number of its type. */
  type: number;
  /** A card, as opposed to something a program made. */
  isHardware: boolean;
}

const rowLength = 1352;
const tableStart = 8;
const places = { name: 28, type: 1128, flags: 1152 } as const;
const nameLength = 514;
const mostRows = 512;

/** @throws when this Windows does not list its connections */
export function interfaceReader(): () => NetworkInterface[] {
  const helper = library('iphlpapi');
  const list = helper<(table: unknown[]) => number>('uint32 __stdcall GetIfTable2(_Out_ void **)');
  const free = helper<(table: unknown) => void>('void __stdcall FreeMibTable(void *)');
  return () => {
    const table: unknown[] = [null];
    if (list(table) !== 0) return [];
    const count = Math.min(koffi.decode.uint32(table[0]), mostRows);
    const bytes = Buffer.from(koffi.view(table[0], tableStart + count * rowLength).slice(0));
    free(table[0]);
    return parseInterfaces(bytes);
  };
}

/** Pure. @param bytes a MIB_IF_TABLE2 */
export function parseInterfaces(bytes: Buffer): NetworkInterface[] {
  const rows: NetworkInterface[] = [];
  for (let at = tableStart; at + rowLength <= bytes.length; at += rowLength) {
    const row = bytes.subarray(at, at + rowLength);
    rows.push({
      name: fromWide(row.subarray(places.name, places.name + nameLength)),
      type: row.readUInt32LE(places.type),
      isHardware: (row.readUInt8(places.flags) & 1) !== 0,
    });
  }
  return rows;
}
