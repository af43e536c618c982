import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must, withTemporaryFolder } from './run.ts';

const sources = fileURLToPath(new URL('host', import.meta.url));

/** Sees to it that warnings are errors, that it needs nothing but Windows itself, and that the same source gives the same bytes. */
const options = [
  ...['-std=c17', '-Os', '-Wall', '-Wextra', '-Werror', '-municode', '-mwindows', '-static', '-s'],
  ...['-D_WIN32_WINNT=0x0A00', '-DUNICODE', '-Wl,--no-insert-timestamp'],
];

/** Compiles the service host with mingw-w64 (Debian: gcc-mingw-w64-x86-64). */
export function buildHost(file: string, version: string): void {
  withTemporaryFolder((folder) => {
    const resource = join(folder, 'host.o');
    const numbers = [...version.split('.'), '0'].join(',');
    must('x86_64-w64-mingw32-windres', [`-DVERSION_COMMAS=${numbers}`, join(sources, 'host.rc'), '-o', resource]);
    const files = globSync('*.c', { cwd: sources }).sort();
    const inputs = [...files.map((name) => join(sources, name)), resource];
    must('x86_64-w64-mingw32-gcc', [...options, ...inputs, '-o', file, '-ladvapi32']);
  });
}
