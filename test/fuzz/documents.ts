import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '#shared/clock.ts';
import { Inspection } from '#shared/identifiers/inspection.ts';
import { checker } from '#shared/schema.ts';
import { createInspector } from '../../agent/identifiers/inspector/create-inspector.ts';
import { currentSystem } from '../../agent/platform/current.ts';
import { deepMarkup, entityBombInWord, loopingCompoundFile, loopingPdf, repeatedCells } from '../fakes/corpus/bombs.ts';
import { documentFormats, documents } from '../fakes/corpus/documents.ts';
import { tempFolder } from '../fakes/temp-folder.ts';
import { pick } from './chance.ts';
import { mutateDocument } from './mutate-document.ts';
import { holds, type Input, type Target } from './target.ts';

const verdicts = checker(Inspection);
const folderOfFixtures = fileURLToPath(new URL('../fixtures/documents/', import.meta.url));
/** In every seed document; no verdict may hold it. */
const planted = 'Plantagenet';

/** Damages documents and has each inspected as the agent does, in its reading process. */
export function openDocuments(): Target {
  const seeds = seedDocuments();
  const folder = tempFolder();
  const inspector = createInspector({
    os: currentSystem(),
    clock: systemClock,
    detector: () => ({ drill: true }),
    cpuShare: () => 1,
    child: { polite: false },
  });
  return {
    // The inspector has a limit of its own, after which it gives its verdict.
    patience: 300_000,
    make(random): Input {
      const { name, bytes } = pick(seeds, random);
      return { part: name, bytes: mutateDocument(bytes, random) };
    },
    async look({ part, bytes }) {
      const path = join(folder.path, part);
      writeFileSync(path, bytes);
      const verdict = await inspector.inspect({ path, sizeBytes: 0, urgency: 'soon' });
      const text = JSON.stringify(verdict);
      holds(verdicts.check(verdict), `every document gets a verdict: ${text}`);
      holds(!text.includes(planted), `no verdict quotes: ${text}`);
      const { status, reason } = verdict;
      return reason === undefined ? status : `${status}: ${reason}`;
    },
    async close() {
      await inspector.close();
      folder[Symbol.dispose]();
    },
  };
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
    .sort()
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
