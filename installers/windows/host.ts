import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must, temporaryFolder } from './run.ts';

const sources = fileURLToPath(new URL('host', import.meta.url));

/** Warnings are errors, nothing but Windows itself is needed, and the same source gives the same bytes. */
const options = [
  ...['-std=c17', '-Os', '-Wall', '-Wextra', '-Werror', '-municode', '-mwindows', '-static', '-s'],
  ...['-D_WIN32_WINNT=0x0A00', '-DUNICODE', '-Wl,--no-insert-timestamp'],
];

/** Compiles the service host with mingw-w64 (Debian: gcc-mingw-w64-x86-64). */
export function buildHost(file: string, version: string): void {
  using work = temporaryFolder();
  const resource = join(work.path, 'host.o');
  const numbers = [...version.split('.'), '0'].join(',');
  must('x86_64-w64-mingw32-windres', [`-DVERSION_COMMAS=${numbers}`, join(sources, 'host.rc'), '-o', resource]);
  const files = globSync('*.c', { cwd: sources }).sort();
  const inputs = [...files.map((name) => join(sources, name)), resource];
  must('x86_64-w64-mingw32-gcc', [...options, ...inputs, '-o', file, '-ladvapi32']);
}
