import koffi from 'koffi';
import { library } from './library.ts';

/** Who is signed in where. */
export interface Sessions {
  /** The session that has screen and keyboard, or undefined while nobody has. */
  atConsole(): number | undefined;
  /** Sessions in use: of the console, and from elsewhere (remote desktop). */
  active(): number[];
  /** The account of a session, without its domain; empty when nobody is signed in. */
  userOf(session: number): string;
  /** Whether it is used from another computer. */
  isRemote(session: number): boolean;
}

const none = 0xffff_ffff;
/** WTSActive of WTS_CONNECTSTATE_CLASS. */
const activeState = 0;
/** WTSUserName and WTSClientProtocolType of WTS_INFO_CLASS. */
const information = { user: 5, protocol: 16 } as const;
/** WTS_SESSION_INFOW on 64 bits: id, name, state, with gaps for alignment. */
const row = { length: 24, state: 16 } as const;
const mostSessions = 256;

type Pointer = unknown;
interface Calls {
  console(): number;
  list(server: number, reserved: number, version: number, rows: Pointer[], count: number[]): boolean;
  ask(server: number, session: number, what: number, answer: Pointer[], length: number[]): boolean;
  free(held: Pointer): void;
}

function loadCalls(): Calls {
  const terminal = library('wtsapi32');
  return {
    console: library('kernel32')('uint32 __stdcall WTSGetActiveConsoleSessionId()'),
    list: terminal('bool __stdcall WTSEnumerateSessionsW(intptr_t, uint32, uint32, _Out_ void **, _Out_ uint32 *)'),
    ask: terminal('bool __stdcall WTSQuerySessionInformationW(intptr_t, uint32, int, _Out_ void **, _Out_ uint32 *)'),
    free: terminal('void __stdcall WTSFreeMemory(void *)'),
  };
}

export function openSessions(): Sessions {
  const calls = loadCalls();

  function answer(session: number, what: number): Buffer | undefined {
    const held: Pointer[] = [null];
    const length = [0];
    if (!calls.ask(0, session, what, held, length)) return undefined;
    const bytes = copyOf(held[0], length[0] ?? 0);
    calls.free(held[0]);
    return bytes;
  }

  return {
    atConsole() {
      const session = calls.console();
      return session === none ? undefined : session;
    },
    active() {
      const held: Pointer[] = [null];
      const count = [0];
      if (!calls.list(0, 0, 1, held, count)) return [];
      const rows = copyOf(held[0], Math.min(count[0] ?? 0, mostSessions) * row.length);
      calls.free(held[0]);
      return parseActiveSessions(rows);
    },
    userOf: (session) => answer(session, information.user)?.toString('utf16le').split('\0')[0] ?? '',
    isRemote: (session) => (answer(session, information.protocol)?.readUInt16LE(0) ?? 0) !== 0,
  };
}

/** Pure. Ids of the sessions in use from rows of WTS_SESSION_INFOW. */
export function parseActiveSessions(rows: Buffer): number[] {
  const ids: number[] = [];
  for (let at = 0; at + row.length <= rows.length; at += row.length) {
    if (rows.readUInt32LE(at + row.state) === activeState) ids.push(rows.readUInt32LE(at));
  }
  return ids;
}

function copyOf(pointer: Pointer, length: number): Buffer {
  return length === 0 ? Buffer.alloc(0) : Buffer.from(koffi.view(pointer, length).slice(0));
}
