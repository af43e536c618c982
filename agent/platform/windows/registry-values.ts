import { fromWide, fromWideList, wide, wideList } from './bytes.ts';

/** What a value of the registry holds, of the kinds that matter here; any other kind is its bytes. */
export type RegistryData = string | number | bigint | string[] | Buffer;

/** REG_SZ, REG_EXPAND_SZ, REG_DWORD, REG_MULTI_SZ, REG_QWORD of winnt.h. */
const kinds = { text: 1, path: 2, number: 4, list: 7, long: 11 } as const;

/** Pure. The registry does not see to it that a value is as long as its kind says: one that is not is its bytes. */
export function parseValue(kind: number, bytes: Buffer): RegistryData {
  switch (kind) {
    case kinds.text:
    case kinds.path:
      return fromWide(bytes);
    case kinds.number:
      return bytes.length === 4 ? bytes.readUInt32LE() : bytes;
    case kinds.list:
      return fromWideList(bytes);
    case kinds.long:
      return bytes.length === 8 ? bytes.readBigUInt64LE() : bytes;
    default:
      return bytes;
  }
}

/** The other way round, for what the agent itself writes. */
export function formatValue(data: string | number | string[]): { kind: number; bytes: Buffer } {
  if (typeof data === 'string') return { kind: kinds.text, bytes: wide(data) };
  if (typeof data !== 'number') return { kind: kinds.list, bytes: wideList(data) };
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(data);
  return { kind: kinds.number, bytes };
}
