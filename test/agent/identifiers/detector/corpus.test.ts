import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createDetector } from '../../../../agent/identifiers/detector/detector.ts';
import { defaultLimits } from '../../../../agent/identifiers/extraction/budget.ts';
import { memorySource } from '../../../../agent/identifiers/extraction/byte-source.ts';
import { readDocument } from '../../../../agent/identifiers/extraction/read-document.ts';
import { documentFormats, documents } from '../../../fakes/corpus/documents.ts';
import { type Case, casesWithPeople, traps } from '../../../fakes/corpus/identifiers.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);

const key = Buffer.from('of this test');
const digest = (number: string) =>
  createHmac('sha256', key).update(`nhsNumber ${number}`).digest().toString('base64url', 0, 8);

/** Text files in each encoding; every other format as it comes. */
const encodings: Record<string, (bytes: Buffer) => Buffer> = {
  'UTF-8': (bytes) => bytes,
  'UTF-8 with a mark': (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  'UTF-16 LE': (bytes) => Buffer.from(bytes.toString(), 'utf16le'),
  'UTF-16 LE with a mark': (bytes) => Buffer.from(`\ufeff${bytes}`, 'utf16le'),
  'UTF-16 BE': (bytes) => Buffer.from(bytes.toString(), 'utf16le').swap16(),
  'UTF-16 BE with a mark': (bytes) => Buffer.from(`\ufeff${bytes}`, 'utf16le').swap16(),
  'Windows-1252': (bytes) => Buffer.from(bytes.toString().replaceAll('\u2013', '\u0096'), 'latin1'),
};
const inEncodings = ['txt', 'csv', 'tsv'];

interface Score {
  planted: number;
  found: number;
  right: number;
}

/** What a document of a case gives as certain, in a drill, so that the test range counts as if it were issued. */
async function certainOf(name: string, bytes: Buffer): Promise<string[]> {
  const detector = createDetector({ drill: true });
  await readDocument(memorySource(bytes), name, detector, defaultLimits);
  detector.finish();
  return detector.digests(key);
}

async function score(one: Case, format: keyof typeof documents, encoding: string): Promise<Score> {
  const bytes = encodings[encoding]?.(documents[format](one.content)) ?? Buffer.alloc(0);
  const found = await certainOf(`made.${format}`, bytes);
  const wanted = new Set(one.people.map(digest));
  const right = found.filter((one) => wanted.has(one)).length;
  if (right !== found.length || right !== wanted.size)
    print(`${one.name} as ${format}, ${encoding}: ${right} of ${wanted.size}, and ${found.length - right} wrong`);
  return { planted: wanted.size, found: found.length, right };
}

/** Formats that hold all of a case: a table alone has no paragraphs, and what is no table has no cells side by side. */
function formatsOf({ content, isForm }: Case): (keyof typeof documents)[] {
  const withoutText = ['csv', 'tsv', 'ods', 'xlsx', 'xls'];
  const withoutCells = ['json', 'xml'];
  return documentFormats.filter((format) =>
    content.rows.length === 0 ? !withoutText.includes(format) : !isForm || !withoutCells.includes(format),
  );
}

/** Windows-1252 has no other dashes and blanks than the en dash and the no-break space, and our PDF has not even that. */
function canBeWritten({ content }: Case, format: string, encoding: string): boolean {
  const text = JSON.stringify(content);
  if (format === 'pdf') return !/[\u0100-\uffff]/.test(text);
  return encoding !== 'Windows-1252' || !/[\u2007\u2009\u2011\u202f]/.test(text);
}

async function total(cases: readonly Case[]): Promise<Score> {
  const sum: Score = { planted: 0, found: 0, right: 0 };
  for (const one of cases)
    for (const format of formatsOf(one))
      for (const encoding of inEncodings.includes(format) ? Object.keys(encodings) : ['UTF-8']) {
        if (!canBeWritten(one, format, encoding)) continue;
        const { planted, found, right } = await score(one, format, encoding);
        sum.planted += planted;
        sum.found += found;
        sum.right += right;
      }
  return sum;
}

describe('the corpus', () => {
  it('is found with certainty wherever there are people, and nowhere else', { timeout: 120_000 }, async () => {
    const people = await total(casesWithPeople());
    const clean = await total(traps());
    const precision = people.right / (people.found + clean.found);
    const recall = people.right / people.planted;
    print(
      `high tier: precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}, of ${people.planted} planted in every format and encoding`,
    );
    expect(people.planted).toBeGreaterThan(3000);
    expect(precision).toBe(1);
    expect(recall).toBeGreaterThanOrEqual(0.99);
  });
});
