import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '#shared/clock.ts';
import { Inspection, inspectionStatuses } from '#shared/identifiers/inspection.ts';
import { checker } from '#shared/schema.ts';
import { createInspector } from '../../agent/identifiers/inspector/create-inspector.ts';
import { currentSystem } from '../../agent/platform/current.ts';
import { deepMarkup, entityBombInWord, loopingCompoundFile, loopingPdf, repeatedCells } from '../fakes/corpus/bombs.ts';
import { seeded } from '../fakes/corpus/content.ts';
import { documentFormats, documents } from '../fakes/corpus/documents.ts';
import { tempFolder } from '../fakes/temp-folder.ts';
import { mutate, pick } from './mutate.ts';

export interface FuzzOptions {
  count: number;
  seed: number;
  progress(text: string): void;
}

export interface FuzzResult {
  seed: number;
  documents: number;
  /** Documents by verdict. */
  statuses: Record<string, number>;
  /** Failures by their reason. */
  reasons: Record<string, number>;
  /** What is no verdict, or a verdict that quotes: none is expected. */
  wrong: string[];
  slowestMilliseconds: number;
  /** Growth of this process's resident memory, in bytes. */
  grownBytes: number;
}

const verdicts = checker(Inspection);
const folderOfFixtures = fileURLToPath(new URL('../fixtures/documents/', import.meta.url));
/** In every seed document; no verdict may hold it. */
const planted = 'Plantagenet';

/** Damages documents and has each inspected as the agent does, in its reading process. */
export async function fuzzDocuments({ count, seed, progress }: FuzzOptions): Promise<FuzzResult> {
  const random = seeded(seed);
  const seeds = seedDocuments();
  using folder = tempFolder();
  const inspector = createInspector({
    os: currentSystem(),
    clock: systemClock,
    detector: () => ({ drill: true }),
    cpuShare: () => 1,
    child: { polite: false },
  });
  const result: FuzzResult = {
    seed,
    documents: 0,
    statuses: {},
    reasons: {},
    wrong: [],
    slowestMilliseconds: 0,
    grownBytes: 0,
  };
  const before = process.memoryUsage.rss();
  try {
    for (; result.documents < count; result.documents++) {
      const { name, bytes } = pick(seeds, random);
      const path = join(folder.path, name);
      writeFileSync(path, mutate(bytes, random));
      const started = performance.now();
      const verdict = await inspector.inspect({ path, sizeBytes: 0, urgency: 'soon' });
      note(result, verdict, `${result.documents} (${name})`, performance.now() - started);
      if (result.documents % 100 === 0) progress(`${result.documents} of ${count} documents`);
    }
  } finally {
    await inspector.close();
  }
  return { ...result, grownBytes: process.memoryUsage.rss() - before };
}

function note(result: FuzzResult, verdict: Inspection, which: string, milliseconds: number): void {
  const { status, reason = '' } = verdict;
  result.statuses[status] = (result.statuses[status] ?? 0) + 1;
  if (status === 'failed' || status === 'too-large') result.reasons[reason] = (result.reasons[reason] ?? 0) + 1;
  if (!verdicts.check(verdict) || !inspectionStatuses.includes(status) || JSON.stringify(verdict).includes(planted))
    result.wrong.push(`document ${which}: ${JSON.stringify(verdict)}`);
  result.slowestMilliseconds = Math.max(result.slowestMilliseconds, Math.round(milliseconds));
}

function seedDocuments(): { name: string; bytes: Buffer }[] {
  const content = {
    paragraphs: [`Letter about Ann ${planted}, NHS number 999 310 0005.`],
    rows: [
      ['Name', 'NHS No', 'Born'],
      [planted, '9993100269', '01/02/1950'],
    ],
  };
  const made = documentFormats.map((format) => ({ name: `made.${format}`, bytes: documents[format](content) }));
  const real = globSync('*.*', { cwd: folderOfFixtures })
    .filter((name) => !name.endsWith('.md'))
    .map((name) => ({ name, bytes: readFileSync(join(folderOfFixtures, name)) }));
  const hostile = Object.entries({
    'loop.pdf': loopingPdf,
    'loop.doc': loopingCompoundFile(),
    'bomb.docx': entityBombInWord,
    'deep.docx': deepMarkup,
    'repeated.ods': repeatedCells,
  }).map(([name, bytes]) => ({ name, bytes }));
  return [...made, ...real, ...hostile];
}
