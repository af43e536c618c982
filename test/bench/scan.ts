import { execFile } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { createDetector, type Findings } from '../../agent/identifiers/detector/detector.ts';
import { defaultLimits } from '../../agent/identifiers/extraction/budget.ts';
import type { ByteSource } from '../../agent/identifiers/extraction/byte-source.ts';
import { readDocument } from '../../agent/identifiers/extraction/read-document.ts';
import { fillWithDocuments } from '../fakes/corpus/folder.ts';
import type { Bench, BenchContext, Measured } from './figures.ts';
import { writeNumbers, writeProse } from './scan-files.ts';

const bare = '[0-9]{10}';
const megabyte = 1e6;

/** From the file to the findings, in this process: reading, cutting, judging, counting. */
export const scanBench: Bench = {
  about: 'how fast identifiers are counted in prose, in tables of numbers and in Office and PDF files, beside grep',
  async run({ quick, progress }: BenchContext): Promise<Measured[]> {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-scan-'));
    const runs = quick ? 1 : 7;
    const bytes = (quick ? 2 : 100) * megabyte;
    try {
      const files = {
        prose: { path: join(folder, 'prose.txt'), write: writeProse },
        numbers: { path: join(folder, 'numbers.csv'), write: writeNumbers },
      };
      const figures: Measured[] = [];
      for (const [figure, { path, write }] of Object.entries(files)) {
        progress(`writes ${basename(path)}`);
        const how = write(path, bytes);
        figures.push(...(await beside(figure, path, runs, how, progress)));
      }
      figures.push(await office(join(folder, 'documents'), quick ? 20 : 500, runs, progress));
      return figures;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** One file, by us and by each program that is installed, in turn. */
async function beside(
  figure: string,
  path: string,
  runs: number,
  how: string,
  progress: BenchContext['progress'],
): Promise<Measured[]> {
  const programs = [
    { name: 'grep', command: `LC_ALL=C grep -cE '${bare}' "$1" | cat` },
    { name: 'ripgrep', command: `rg -c '${bare}' "$1" | cat` },
  ];
  const size = statSync(path).size / megabyte;
  const values: number[] = [];
  const theirs = new Map<string, number[]>();
  // The agent's reader stays loaded and warm from file to file.
  await findingsIn(path);
  for (let run = 0; run < runs; run += 1) {
    progress(`${figure}, run ${run + 1}`);
    values.push(size / (await secondsOf(() => findingsIn(path).then(() => undefined))));
    for (const { name, command } of programs) {
      const seconds = await secondsOfShell(command, path);
      if (seconds !== null) theirs.set(name, [...(theirs.get(name) ?? []), size / seconds]);
    }
  }
  return programs.map(({ name, command }) => ({
    figure: name === 'grep' ? figure : `${figure}-${name}`,
    unit: 'MB/s',
    values,
    yardstick: theirs.has(name) ? { name: command, values: theirs.get(name) ?? [] } : `${name} is not installed`,
    how: `from the file through the whole detector; ${how}`,
  }));
}

/** Documents that need taking apart first; both sides take the same ones. */
async function office(
  folder: string,
  count: number,
  runs: number,
  progress: BenchContext['progress'],
): Promise<Measured> {
  mkdirSync(folder);
  fillWithDocuments(folder, count);
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const size = paths.reduce((sum, path) => sum + statSync(path).size, 0) / megabyte;
  const values: number[] = [];
  const theirs: number[] = [];
  const command = `for file in "$1"/*; do case $file in
    *.pdf) pdftotext "$file" - ;; *.doc|*.xls) cat "$file" ;; *) unzip -p "$file" ;;
    esac; done | LC_ALL=C grep -caE '${bare}' | cat`;
  let withPeople = 0;
  for (const path of paths) await findingsIn(path);
  for (let run = 0; run < runs; run += 1) {
    progress(`documents, run ${run + 1}`);
    withPeople = 0;
    const seconds = await secondsOf(async () => {
      for (const path of paths) if ((await findingsIn(path)).identifiers.nhsNumber) withPeople += 1;
    });
    values.push(size / seconds);
    const other = await secondsOfShell(`command -v pdftotext unzip >/dev/null || exit 127; ${command}`, folder);
    if (other !== null) theirs.push(size / other);
  }
  if (withPeople !== Math.ceil(count / 10)) throw new Error(`${withPeople} of ${count} documents held numbers`);
  return {
    figure: 'documents',
    unit: 'MB/s',
    values,
    yardstick:
      theirs.length > 0
        ? { name: 'unzip -p or pdftotext, and grep over all', values: theirs }
        : 'pdftotext or unzip is not installed',
    how: `${count} files docx, xlsx, pptx, odt, ods, pdf, doc and xls, ${size.toFixed(1)} MB as they lie, one after another in this process`,
  };
}

async function findingsIn(path: string): Promise<Findings> {
  const file = openSync(path, 'r');
  try {
    const detector = createDetector();
    await readDocument(sourceOf(file), basename(path), detector, defaultLimits);
    return detector.finish();
  } finally {
    closeSync(file);
  }
}

function sourceOf(file: number): ByteSource {
  const { size } = fstatSync(file);
  return {
    size,
    read(offset, length) {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
    },
  };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Null when the program is not there. */
async function secondsOfShell(command: string, path: string): Promise<number | null> {
  const program = /\b(grep|rg)\b/.exec(command)?.[0] ?? 'grep';
  const script = `command -v ${program} >/dev/null || exit 127; ${command}`;
  try {
    return await secondsOf(() => promisify(execFile)('sh', ['-c', script, 'sh', path]).then(() => undefined));
  } catch {
    return null;
  }
}
