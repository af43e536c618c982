import type { Moment } from '../words.ts';

/** One line of a summary list. Values are plain text; the template escapes them. */
export interface Fact {
  term: string;
  text: string;
  moment?: Moment;
}

/** What a page says about an event: a sentence, and its facts. */
export interface Story {
  headline: string;
  facts: Fact[];
}

/** Leaves out what is unknown. */
export function factList(lines: Record<string, string | undefined>): Fact[] {
  return Object.entries(lines).flatMap(([term, text]) => (text === undefined || text === '' ? [] : [{ term, text }]));
}
