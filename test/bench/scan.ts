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
import { basename, extname, join } from 'node:path';
import { detectorMaker, type Findings } from '../../agent/identifiers/detector/detector.ts';
import { defaultLimits } from '../../agent/identifiers/extraction/budget.ts';
import type { ByteSource } from '../../agent/identifiers/extraction/byte-source.ts';
import { readDocument } from '../../agent/identifiers/extraction/read-document.ts';
import { fillWithDocuments } from '../fakes/corpus/folder.ts';
import type { Bench, BenchContext, Measured } from './figures.ts';
import { writeNumbers, writeProse } from './scan-files.ts';
import { inRounds, type Rounds, tookHere, type Yardstick } from './scan-rounds.ts';

const bare = '[0-9]{10}';
const megabyte = 1e6;
const sides =
  'ours is one process, the yardstick several, which share the cores; in turn, each round the other way round';

/** From the file to the findings, in this process: reading, cutting, judging, counting. */
export const scanBench: Bench = {
  about: 'how fast identifiers are counted in prose, in tables of numbers and in Office and PDF files, beside grep',
  async run({ quick, progress }: BenchContext): Promise<Measured[]> {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-scan-'));
    const bytes = (quick ? 2 : 100) * megabyte;
    const files = { 'prose.txt': writeProse, 'numbers.csv': writeNumbers };
    const figures: Measured[] = [];
    try {
      for (const [name, write] of Object.entries(files)) {
        progress(`writes ${name}`);
        const path = join(folder, name);
        const how = write(path, bytes);
        figures.push(...(await text({ path, how, count: quick ? 1 : 15, progress })));
      }
      const documents = join(folder, 'documents');
      figures.push(...(await office(documents, quick ? 20 : 200, { count: quick ? 1 : 15, progress })));
      figures.push(...(await growth(join(folder, 'part.txt'), bytes, { count: quick ? 1 : 5, progress })));
      return figures;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** One file, by us and by each program that is installed. */
function text({
  path,
  how,
  count,
  progress,
}: Pick<Rounds, 'path' | 'how' | 'count' | 'progress'>): Promise<Measured[]> {
  const yardstick = (suffix: string, program: string, command: string): Yardstick => ({
    suffix,
    name: command,
    programs: [program],
    command,
  });
  const makeDetector = detectorMaker();
  return inRounds({
    figure: basename(path, extname(path)),
    size: statSync(path).size / megabyte,
    path,
    count,
    how: `from the file through the whole detector; ${how}; ${sides}`,
    ours: async () => void (await findingsIn(path, makeDetector)),
    yardsticks: [
      yardstick('', 'grep', `LC_ALL=C grep -cE '${bare}' "$1" | cat`),
      yardstick('-ripgrep', 'rg', `rg -c '${bare}' "$1" | cat`),
    ],
    progress,
  });
}

/** What a megabyte of prose costs in longer and longer files. */
async function growth(
  path: string,
  bytes: number,
  { count, progress }: Pick<Rounds, 'count' | 'progress'>,
): Promise<Measured[]> {
  const makeDetector = detectorMaker();
  const figures: Measured[] = [];
  for (const part of [8, 4, 2, 1]) {
    const size = bytes / part / megabyte;
    const how = writeProse(path, bytes / part);
    const values: number[] = [];
    // As in the agent's reader, which stays loaded and warm from file to file.
    await findingsIn(path, makeDetector);
    for (let round = 0; round < count; round += 1) {
      progress(`${size} MB, round ${round + 1}`);
      const { processor } = await tookHere(async () => void (await findingsIn(path, makeDetector)));
      values.push((processor * 1000) / size);
    }
    figures.push({
      figure: `prose-of-${size}-megabytes`,
      unit: 'ms of processor time a MB',
      values,
      yardstick: 'none: it is beside itself',
      how: `from the file through the whole detector; ${how}`,
      growth: { row: 'processor time a MB', of: 'MB of prose in one file', size },
    });
  }
  return figures;
}

/** Documents that need taking apart first; both sides take the same ones. */
function office(
  folder: string,
  documents: number,
  { count, progress }: Pick<Rounds, 'count' | 'progress'>,
): Promise<Measured[]> {
  mkdirSync(folder);
  fillWithDocuments(folder, documents);
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const size = paths.reduce((sum, path) => sum + statSync(path).size, 0) / megabyte;
  // As in the reading process, which makes its detectors in one place for all files.
  const makeDetector = detectorMaker();
  return inRounds({
    figure: 'documents',
    size,
    path: folder,
    count,
    how: `${documents} files docx, xlsx, pptx, odt, ods, pdf, doc and xls, ${size.toFixed(1)} MB as they lie, one after another in this process; ${sides}`,
    async ours() {
      let withPeople = 0;
      for (const path of paths) if ((await findingsIn(path, makeDetector)).identifiers.nhsNumber) withPeople += 1;
      if (withPeople !== Math.ceil(documents / 10))
        throw new Error(`${withPeople} of ${documents} documents held numbers`);
    },
    yardsticks: [
      {
        suffix: '',
        name: 'unzip -p or pdftotext, and grep over all',
        programs: ['pdftotext', 'unzip', 'grep'],
        command: `for file in "$1"/*; do case $file in
          *.pdf) pdftotext "$file" - ;; *.doc|*.xls) cat "$file" ;; *) unzip -p "$file" ;;
          esac; done | LC_ALL=C grep -caE '${bare}' | cat`,
      },
    ],
    progress,
  });
}

async function findingsIn(path: string, makeDetector: ReturnType<typeof detectorMaker>): Promise<Findings> {
  const file = openSync(path, 'r');
  try {
    const detector = makeDetector({});
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
    read(offset, length, room) {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const bytes = room ?? Buffer.allocUnsafe(wanted);
      return bytes.subarray(0, readSync(file, bytes, 0, wanted, offset));
    },
  };
}
