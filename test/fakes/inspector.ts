import { readFileSync } from 'node:fs';
import { bandOf, type Inspection } from '#shared/identifiers/inspection.ts';
import type { InspectionRequest, Inspector } from '../../agent/identifiers/inspector.ts';

export interface FakeInspector extends Inspector {
  /** Base names in the order in which they were looked into. */
  readonly looked: string[];
  /** Holds every verdict back until `release`. */
  hold(): void;
  release(): void;
  closed: boolean;
}

/**
 * Counts the words `person-1`, `person-2` … as high identifiers. A text with `encrypted` is encrypted; what cannot be
 * read has failed.
 */
export function fakeInspector(): FakeInspector {
  const looked: string[] = [];
  let gate = Promise.withResolvers<void>();
  gate.resolve();

  return {
    looked,
    closed: false,
    hold() {
      gate = Promise.withResolvers<void>();
    },
    release: () => gate.resolve(),
    async inspect(request) {
      looked.push(String(request.path).replace(/.*\//, ''));
      await gate.promise;
      return verdict(request);
    },
    backlog: () => ({ files: 0, bytes: 0 }),
    async close() {
      this.closed = true;
    },
  };
}

function verdict({ path, people }: InspectionRequest): Inspection {
  const detector = 'fake-1';
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('encrypted')) return { detector, status: 'encrypted' };
    const found = [...new Set(text.match(/person-\d+/g) ?? [])];
    if (found.length > 0) people?.take(found);
    const nhsNumber = { high: found.length, medium: 0, low: 0, test: 0 };
    return { detector, status: 'inspected', identifiers: { nhsNumber }, band: bandOf(found.length) };
  } catch {
    return { detector, status: 'failed', reason: 'It could not be opened.' };
  }
}

/** A text with so many people in it. */
export function textWith(people: number, from = 1): string {
  return Array.from({ length: people }, (_, index) => `person-${from + index}`).join('\n');
}
