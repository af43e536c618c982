import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from './run.ts';

const source = fileURLToPath(new URL('actions/actions.c', import.meta.url));

const options = [
  ...['-std=c17', '-Os', '-Wall', '-Wextra', '-Werror', '-shared', '-static', '-s'],
  ...['-D_WIN32_WINNT=0x0A00', '-DUNICODE', '-Wl,--no-insert-timestamp'],
  // Otherwise its place in memory follows from the folder it is made in.
  '-Wl,--disable-auto-image-base',
];

/** Compiles what Windows Installer calls (a library inside the package, never installed). */
export function buildActions(work: string): string {
  const file = join(work, 'actions.dll');
  must('x86_64-w64-mingw32-gcc', [...options, source, '-o', file, '-lmsi', '-ladvapi32']);
  return file;
}

/** Bits of a custom action's type, as the documentation of Windows Installer has them. */
const kind = { library: 1, property: 51 } as const;
const how = { goesOn: 64, rollback: 256, deferred: 1024, asSystem: 2048, hidden: 8192 } as const;
const asSystem = how.deferred + how.asSystem;

interface Action {
  name: string;
  type: number;
  source: string;
  target: string;
  /** When it runs: a condition, and its place among the standard actions (InstallFiles is 4000, StopServices 1900). */
  when: string;
  sequence: number;
}

/** What runs later cannot ask properties: each is told by a property of its own name. */
function tell(name: string, action: string, target: string, when: string, sequence: number, hidden = 0): Action {
  return { name, type: kind.property + hidden, source: action, target, when, sequence };
}
function call(name: string, entry: string, bits: number, when: string, sequence: number): Action {
  return { name, type: kind.library + asSystem + bits, source: 'actions', target: entry, when, sequence };
}

const installing = 'TOKEN AND NOT REMOVE';
/** An upgrade takes the older one off, which must not undo what the newer one goes on with. */
const removing = 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE';
const codeFile = '[INSTALLDIR]enrolment-code';

export const actions: readonly Action[] = [
  // The service has stopped by itself or was dead before; either way nothing of its own is to stand.
  tell('TellRelease', 'Release', '[INSTALLDIR]|release', removing, 1910),
  tell('TellReleaseAll', 'Release', '[INSTALLDIR]|release --remove-data', `${removing} AND REMOVEDATA=1`, 1911),
  call('Release', 'run_agent', how.goesOn, removing, 1912),
  tell('TellForgetCode', 'ForgetCode', `${codeFile}|`, installing, 4010),
  call('ForgetCode', 'forget_code', how.rollback + how.goesOn, installing, 4011),
  tell('TellWriteCode', 'WriteCode', `${codeFile}|[TOKEN] [FINGERPRINT]`, installing, 4012, how.hidden),
  call('WriteCode', 'write_code', how.hidden, installing, 4013),
];

/** Their table, as msibuild takes it. */
export function actionsTable(): string {
  return [
    ['Action', 'Type', 'Source', 'Target', 'ExtendedType'],
    ['s72', 'i2', 'S72', 'S255', 'I4'],
    ['CustomAction', 'Action'],
    ...actions.map(({ name, type, source: from, target }) => [name, String(type), from, target, '']),
  ]
    .map((row) => `${row.join('\t')}\r\n`)
    .join('');
}

/** SQL that puts each in its place. */
export function actionsInSequence(): string[] {
  return actions.map(
    ({ name, when, sequence }) =>
      `INSERT INTO \`InstallExecuteSequence\` (\`Action\`, \`Condition\`, \`Sequence\`) VALUES ('${name}', '${when}', ${sequence})`,
  );
}
