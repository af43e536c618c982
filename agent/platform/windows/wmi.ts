import koffi from 'koffi';
import { guidBytes } from './bytes.ts';
import { type Handle, library, windowsError } from './library.ts';

/** Numbers, truths and texts of one object; what has another type, or none, is null. */
export type WmiRow = Record<string, string | number | boolean | null>;

/** Windows Management Instrumentation, asked through COM: no other process, no PowerShell. */
export interface Wmi {
  /**
   * @returns undefined when this Windows has no such namespace or class
   * @throws when it has, and does not answer
   */
  query(namespace: string, from: string, properties: readonly string[], where?: string): WmiRow[] | undefined;
}

const locatorClass = guidBytes('4590f811-1d3a-11d0-891f-00aa004b2e24');
const locatorInterface = guidBytes('dc12a687-737f-11cf-884d-00aa004b2e24');
/** Places in the tables of IWbemLocator, IWbemServices, IEnumWbemClassObject and IWbemClassObject, see wbemcli.h. */
const slots = { release: 2, connectServer: 3, execQuery: 20, next: 4, get: 4 } as const;
const inProcess = 1;
const impersonate = 3;
/** Forward only, and at once. */
const semisynchronous = 0x30;
const mostRows = 4096;
const patienceMilliseconds = 5_000;
const variantLength = 24;
/** WBEM_E_INVALID_NAMESPACE, WBEM_E_INVALID_CLASS, WBEM_E_NOT_FOUND. */
const absent: ReadonlySet<number> = new Set([0x8004_100e, 0x8004_1010, 0x8004_1002]);
const accessDenied: ReadonlySet<number> = new Set([0x8004_1003, 0x8007_0005]);

type Pointer = unknown;
type Result = number;

function prototypes() {
  return {
    release: koffi.proto('uint32 __stdcall (void *)'),
    connect: koffi.proto(
      'int32 __stdcall (void *, void *, void *, void *, void *, int32, void *, void *, _Out_ void **)',
    ),
    query: koffi.proto('int32 __stdcall (void *, void *, void *, int32, void *, _Out_ void **)'),
    next: koffi.proto('int32 __stdcall (void *, int32, uint32, _Out_ void **, _Out_ uint32 *)'),
    get: koffi.proto('int32 __stdcall (void *, str16, int32, uint8 *, void *, void *)'),
  };
}

interface Calls {
  initialise(reserved: null, model: number): Result;
  security(
    descriptor: null,
    services: number,
    list: null,
    reserved: null,
    authentication: number,
    impersonation: number,
    authorities: null,
    capabilities: number,
    last: null,
  ): Result;
  create(what: Buffer, outer: null, context: number, which: Buffer, made: Pointer[]): Result;
  blanket(
    proxy: Pointer,
    service: number,
    authorisation: number,
    name: null,
    level: number,
    impersonation: number,
    identity: null,
    capabilities: number,
  ): Result;
  allocate(text: string): Pointer;
  free(text: Pointer): void;
  clear(variant: Buffer): Result;
}

function loadCalls(): Calls {
  const ole = library('ole32');
  const automation = library('oleaut32');
  return {
    initialise: ole('int32 __stdcall CoInitializeEx(void *, uint32)'),
    security: ole(
      'int32 __stdcall CoInitializeSecurity(void *, int32, void *, void *, uint32, uint32, void *, uint32, void *)',
    ),
    create: ole('int32 __stdcall CoCreateInstance(uint8 *, void *, uint32, uint8 *, _Out_ void **)'),
    blanket: ole('int32 __stdcall CoSetProxyBlanket(void *, uint32, uint32, void *, uint32, uint32, void *, uint32)'),
    allocate: automation('void * __stdcall SysAllocString(str16)'),
    free: automation('void __stdcall SysFreeString(void *)'),
    clear: automation('int32 __stdcall VariantClear(uint8 *)'),
  };
}

export function openWmi(): Wmi {
  const calls = loadCalls();
  const kinds = prototypes();
  let isReady = false;

  function method(of: Pointer, slot: number, kind: ReturnType<typeof koffi.proto>) {
    const table = koffi.decode(of, 'void *');
    const address = koffi.decode(table, slot * 8, 'void *');
    return (...given: unknown[]): number => koffi.call(address, kind, of, ...given);
  }

  function release(held: Pointer): void {
    if (held) method(held, slots.release, kinds.release)();
  }

  function made(result: Result, what: string): void {
    const number = result >>> 0;
    if (number === 0) return;
    throw windowsError(accessDenied.has(number) ? 5 : number, what);
  }

  function prepare(): void {
    if (isReady) return;
    // Node's thread may have an apartment of another kind already, which does as well.
    calls.initialise(null, 0);
    calls.security(null, -1, null, null, 0, impersonate, null, 0, null);
    isReady = true;
  }

  function withTexts<T>(words: readonly string[], use: (texts: Pointer[]) => T): T {
    const texts = words.map((word) => calls.allocate(word));
    try {
      return use(texts);
    } finally {
      for (const text of texts) calls.free(text);
    }
  }

  function connect(namespace: string): Pointer | undefined {
    const locator: Pointer[] = [null];
    made(calls.create(locatorClass, null, inProcess, locatorInterface, locator), 'WMI could not be reached');
    const services: Pointer[] = [null];
    const result = withTexts([namespace], ([name]) =>
      method(locator[0], slots.connectServer, kinds.connect)(name, null, null, null, 0x80, null, null, services),
    );
    release(locator[0]);
    if (absent.has(result >>> 0)) return undefined;
    made(result, 'A namespace of WMI could not be reached');
    calls.blanket(services[0], 10, 0, null, 3, impersonate, null, 0);
    return services[0];
  }

  function textOrNumber(row: Pointer, property: string): string | number | boolean | null {
    const variant = Buffer.alloc(variantLength);
    if (method(row, slots.get, kinds.get)(property, 0, variant, null, null) !== 0) return null;
    try {
      return parseVariant(variant, (pointer) => koffi.decode.string16(pointer) ?? '');
    } finally {
      calls.clear(variant);
    }
  }

  function rowsOf(rows: Pointer, properties: readonly string[]): WmiRow[] | undefined {
    const found: WmiRow[] = [];
    while (found.length < mostRows) {
      const row: Pointer[] = [null];
      const count = [0];
      const result = method(rows, slots.next, kinds.next)(patienceMilliseconds, 1, row, count);
      // A class that is not there is told only now, since the question was asked without waiting.
      if (absent.has(result >>> 0)) return undefined;
      if (result === 4) throw windowsError(1460, 'WMI does not answer');
      if (result < 0) made(result, 'WMI did not answer the question');
      if (count[0] !== 1) break;
      found.push(Object.fromEntries(properties.map((property) => [property, textOrNumber(row[0], property)])));
      release(row[0]);
    }
    return found;
  }

  return {
    query(namespace, from, properties, where) {
      prepare();
      const services = connect(namespace);
      if (services === undefined) return undefined;
      const rows: Pointer[] = [null];
      const text = `SELECT ${properties.join(',')} FROM ${from}${where === undefined ? '' : ` WHERE ${where}`}`;
      try {
        const result = withTexts(['WQL', text], ([language, question]) =>
          method(services, slots.execQuery, kinds.query)(language, question, semisynchronous, null, rows),
        );
        if (absent.has(result >>> 0)) return undefined;
        made(result, 'WMI did not take the question');
        return rowsOf(rows[0], properties);
      } finally {
        release(rows[0]);
        release(services);
      }
    },
  };
}

/** VARIANT of oaidl.h, as far as WMI gives them: VT_I2, I4, BSTR, BOOL, UI1. */
export function parseVariant(bytes: Buffer, textAt: (pointer: Handle) => string): string | number | boolean | null {
  switch (bytes.readUInt16LE(0)) {
    case 2:
      return bytes.readInt16LE(8);
    case 3:
      return bytes.readInt32LE(8);
    case 8:
      return textAt(bytes.readBigUInt64LE(8));
    case 11:
      return bytes.readInt16LE(8) !== 0;
    case 17:
      return bytes.readUInt8(8);
    default:
      return null;
  }
}
