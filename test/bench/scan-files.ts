import { closeSync, openSync, writeSync } from 'node:fs';
import { seeded } from '../fakes/corpus/content.ts';

const words =
  'the minutes of our last meeting were agreed and notes about care plans will follow once partners in each local service have read them patients were glad to hear from staff at the clinic that letters now arrive sooner'.split(
    ' ',
  );

/** Minutes and letters: sentences with dates, times, sums and now and then a telephone number. @returns what it is */
export function writeProse(path: string, bytes: number): string {
  const random = seeded(11);
  const upTo = (most: number) => Math.floor(random() * most);
  const sentence = () => {
    const said = Array.from({ length: 12 + upTo(8) }, () => words[upTo(words.length)]).join(' ');
    const ends = [
      '',
      '',
      '',
      '',
      ` on ${1 + upTo(28)} March 20${10 + upTo(16)}`,
      ` at ${8 + upTo(9)}.30`,
      ` for £${upTo(900)}`,
    ];
    return `${said}${random() < 0.02 ? ` (telephone 01632 96${String(upTo(10_000)).padStart(4, '0')})` : ends[upTo(ends.length)]}.`;
  };
  fill(path, bytes, () => `${Array.from({ length: 6 }, sentence).join(' ')}\n`);
  return `${bytes / 1e6} MB of made-up minutes, with a date, a time or a sum in two sentences of five`;
}

/** Five columns of nothing but ten digits, of which one in eleven has a check digit that fits. @returns what it is */
export function writeNumbers(path: string, bytes: number): string {
  const random = seeded(12);
  const any = () => String(1e9 + Math.floor(random() * 9e9));
  let isFirst = true;
  fill(path, bytes, () => {
    const heading = isFirst ? 'Key,NHSNumber,Other,Next,Last\n' : '';
    isFirst = false;
    return `${heading}${any()},${any()},${any()},${any()},${any()}\n`;
  });
  return `${bytes / 1e6} MB of five columns of random ten-digit numbers under headings, one of them NHSNumber`;
}

function fill(path: string, bytes: number, line: () => string): void {
  const file = openSync(path, 'w');
  try {
    for (let written = 0; written < bytes; ) {
      let block = '';
      while (block.length < 1e6 && written + block.length < bytes) block += line();
      written += writeSync(file, block);
    }
  } finally {
    closeSync(file);
  }
}
