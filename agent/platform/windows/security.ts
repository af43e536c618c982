import koffi from 'koffi';
import { fromWide } from './bytes.ts';
import { type Handle, library, windowsError } from './library.ts';

/** Who owns what, and who may do what. */
export interface Security {
  /** SID of the owner of a file; undefined when it cannot be told. */
  ownerOf(path: string): string | undefined;
  /** Name of an account, without its domain; undefined when nobody knows it. */
  accountName(sid: string): string | undefined;
  /** Lets only the system and administrators into a folder and all below. @throws when Windows does not let it */
  closeFolder(path: string): void;
  /** Whether this process runs with the rights of an administrator. */
  isAdministrator(): boolean;
}

const fileObject = 1;
const ownerInformation = 1;
/** DACL_SECURITY_INFORMATION and PROTECTED_DACL_SECURITY_INFORMATION: what stands above is not inherited. */
const ownDacl = 0x8000_0004;
/** Full access for the system (SY) and administrators (BA), handed down to files and folders; nobody else. */
const onlySystem = 'D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';
const revision = 1;
const mostAccounts = 1000;

type Pointer = unknown;
interface Calls {
  info(
    path: string,
    kind: number,
    what: number,
    owner: Pointer[] | null,
    group: null,
    dacl: null,
    sacl: null,
    held: Pointer[],
  ): number;
  setInfo(path: string, kind: number, what: number, owner: null, group: null, dacl: Pointer, sacl: null): number;
  fromText(text: string, revision: number, descriptor: Pointer[], size: null): boolean;
  dacl(descriptor: Pointer, isThere: number[], dacl: Pointer[], isDefault: number[]): boolean;
  sidToText(sid: Pointer, text: Pointer[]): boolean;
  textToSid(text: string, sid: Pointer[]): boolean;
  lookUp(
    computer: null,
    sid: Pointer,
    name: Buffer,
    nameLength: number[],
    domain: Buffer,
    domainLength: number[],
    use: number[],
  ): boolean;
  free(held: Pointer): Handle;
  isAdministrator(): boolean;
  lastError(): number;
}

function loadCalls(): Calls {
  const advapi = library('advapi32');
  const kernel = library('kernel32');
  return {
    info: advapi(
      'uint32 __stdcall GetNamedSecurityInfoW(str16, int, uint32, _Out_ void **, void *, void *, void *, _Out_ void **)',
    ),
    setInfo: advapi('uint32 __stdcall SetNamedSecurityInfoW(str16, int, uint32, void *, void *, void *, void *)'),
    fromText: advapi(
      'bool __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(str16, uint32, _Out_ void **, void *)',
    ),
    dacl: advapi('bool __stdcall GetSecurityDescriptorDacl(void *, _Out_ int *, _Out_ void **, _Out_ int *)'),
    sidToText: advapi('bool __stdcall ConvertSidToStringSidW(void *, _Out_ void **)'),
    textToSid: advapi('bool __stdcall ConvertStringSidToSidW(str16, _Out_ void **)'),
    lookUp: advapi(
      'bool __stdcall LookupAccountSidW(void *, void *, uint8 *, _Inout_ uint32 *, uint8 *, _Inout_ uint32 *, _Out_ int *)',
    ),
    free: kernel('intptr_t __stdcall LocalFree(void *)'),
    isAdministrator: library('shell32')('bool __stdcall IsUserAnAdmin()'),
    lastError: kernel('uint32 __stdcall GetLastError()'),
  };
}

export function openSecurity(): Security {
  const calls = loadCalls();
  /** A name is asked of a domain controller, which may be far away: each once. */
  const names = new Map<string, string | undefined>();

  function textOf(sid: Pointer): string | undefined {
    const text: Pointer[] = [null];
    if (!calls.sidToText(sid, text)) return undefined;
    const said = koffi.decode.string16(text[0]);
    calls.free(text[0]);
    return said;
  }

  function lookUp(sid: string): string | undefined {
    const bytes: Pointer[] = [null];
    if (!calls.textToSid(sid, bytes)) return undefined;
    const [name, domain] = [Buffer.alloc(1024), Buffer.alloc(1024)];
    const isKnown = calls.lookUp(null, bytes[0], name, [512], domain, [512], [0]);
    calls.free(bytes[0]);
    return isKnown ? fromWide(name) || undefined : undefined;
  }

  return {
    ownerOf(path) {
      const owner: Pointer[] = [null];
      const held: Pointer[] = [null];
      const native = path.replaceAll('/', '\\');
      if (calls.info(native, fileObject, ownerInformation, owner, null, null, null, held) !== 0) return undefined;
      const sid = textOf(owner[0]);
      calls.free(held[0]);
      return sid;
    },
    accountName(sid) {
      if (!names.has(sid)) {
        if (names.size >= mostAccounts) names.clear();
        names.set(sid, lookUp(sid));
      }
      return names.get(sid);
    },
    closeFolder(path) {
      const descriptor: Pointer[] = [null];
      if (!calls.fromText(onlySystem, revision, descriptor, null)) {
        throw windowsError(calls.lastError(), 'The rights of a folder could not be made');
      }
      const dacl: Pointer[] = [null];
      calls.dacl(descriptor[0], [0], dacl, [0]);
      const status = calls.setInfo(path, fileObject, ownDacl, null, null, dacl[0], null);
      calls.free(descriptor[0]);
      if (status !== 0) throw windowsError(status, 'The rights of a folder could not be set');
    },
    isAdministrator: () => calls.isAdministrator(),
  };
}
