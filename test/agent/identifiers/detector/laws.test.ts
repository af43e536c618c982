import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDetector, type Detector, type Findings } from '../../../../agent/identifiers/detector/detector.ts';
import { seeded } from '../../../fakes/corpus/content.ts';
import { testNumber } from '../../../fakes/corpus/folder.ts';
import { grouped, separators } from '../../../fakes/corpus/identifiers.ts';

const number = fc.integer({ min: 1, max: 1e6 }).map((seed) => testNumber(seeded(seed)));
const separator = fc.constantFrom(...Object.values(separators));
const word = fc.constantFrom(
  'the',
  'patient',
  'NHS no',
  'phone',
  'order',
  'é',
  '😀',
  'CHI',
  '12',
  '03/02/1980',
  'DOB',
  'OX1 1AA',
  'QQ123456C',
  '\n',
  '(',
  '4.01E+09',
  ', ',
);
const piece = fc.oneof(
  { weight: 3, arbitrary: word },
  { weight: 1, arbitrary: fc.tuple(number, separator).map(([one, between]) => grouped(one, between)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }).map((length) => 'x'.repeat(length)) },
);
const text = fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join(' '));
const cuts = fc.array(fc.nat(400), { minLength: 1, maxLength: 20 });

function findings(read: (detector: Detector) => void): Findings {
  const detector = createDetector({ drill: true });
  read(detector);
  return detector.finish();
}

/** The same in pieces, whose lengths come round again. */
function inPieces<T>(
  whole: { length: number; slice(from: number, to: number): T },
  lengths: readonly number[],
  take: (piece: T) => void,
): void {
  for (let at = 0, index = 0; at < whole.length; index += 1) {
    const end = at + 1 + (lengths[index % lengths.length] ?? 0);
    take(whole.slice(at, end));
    at = end;
  }
}

describe('the detector', () => {
  it('finds the same however text is cut into pieces', () => {
    fc.assert(
      fc.property(text, cuts, fc.integer({ min: 0, max: 40 }), (some, lengths, longer) => {
        // Beyond what is held at once, too.
        const long = `${some}${' lorem ipsum'.repeat(longer * 200)} ${some}`;
        const whole = findings((detector) => detector.text(long));
        expect(findings((detector) => inPieces(long, lengths, (one) => detector.text(one)))).toEqual(whole);
        expect(findings((detector) => inPieces(Buffer.from(long), lengths, (one) => detector.bytes(one)))).toEqual(
          whole,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('finds the same with any one separator', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 30 }), separator, (numbers, between) => {
        const written = (with_: string) =>
          findings((detector) => detector.text(numbers.map((one) => `NHS no ${grouped(one, with_)}`).join('\n')));
        expect(written(between)).toEqual(written(' '));
      }),
    );
  });

  it('finds no other identifiers when words that say nothing are added', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(fc.constantFrom('lorem ', 'ipsum ', 'dolor\n', '— '), { maxLength: 50 }),
        (some, added) => {
          const more = findings((detector) => detector.text(`${added.join('')} ${some} ${added.join('')}`));
          expect(more.identifiers).toEqual(findings((detector) => detector.text(some)).identifiers);
        },
      ),
    );
  });

  it('finds in a row of cells what it finds in the same bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(piece, { minLength: 1, maxLength: 6 }), { maxLength: 30 }), (rows) => {
        const byText = findings((detector) => {
          for (const row of rows) detector.row(row);
        });
        const byBytes = findings((detector) => {
          for (const row of rows) {
            const line = Buffer.from(row.join('\u0001'));
            const bounds = Int32Array.from(
              row.flatMap((cell, index) => {
                const from = Buffer.byteLength(row.slice(0, index).join('\u0001')) + (index > 0 ? 1 : 0);
                return [from, from + Buffer.byteLength(cell)];
              }),
            );
            detector.cells(line, bounds, row.length);
          }
        });
        expect(byBytes).toEqual(byText);
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        findings((detector) => detector.bytes(bytes));
      }),
    );
  });
});

/** Counts how often bytes are looked at, which says on any machine how the work grows. */
function looksAt(bytes: Buffer): number {
  let looks = 0;
  const counted = new Proxy(bytes, {
    get(target, property) {
      if (typeof property === 'string' && property >= '0' && property <= '9:') looks += 1;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  findings((detector) => detector.cells(counted, Int32Array.of(0, bytes.length), 1));
  return looks;
}

describe('the work', () => {
  it.each([
    ['digits without end', '1'],
    ['numbers', '9993100005 '],
    ['numbers in groups', '999 310 0005 '],
    ['words that are labels', 'NHS patient DOB phone 9993100005 '],
    ['words half way to a label', 'nhs nhs n nhs nu 9993100005 '],
    ['labels far from numbers', `NHS ${'x'.repeat(500)} 9993100005 `],
    ['characters of four bytes', '😀😀😀 9993100005 patient '],
    ['ends of dates', 'dob 12/12/12/12/12/12/12/2012'],
    ['beginnings of addresses', `${'a:/'.repeat(100)}-9993100005`],
    ['insurance numbers', 'QQ 12 34 56 12 34 56 C '],
    ['postcodes', 'OX1 1AA1 1AA1 1AA '],
    ['separators', '999  310  0005 - - - 999--310--0005 '],
  ])('grows as the text does for %s', (_name, unit) => {
    const of = (bytes: number) => Buffer.from(unit.repeat(Math.ceil(bytes / Buffer.byteLength(unit))));
    const [short, long] = [looksAt(of(4_000)), looksAt(of(16_000))];
    expect(long).toBeLessThan(short * 5);
    // Words are looked for up to 1,200 bytes around a number, and never twice in one place.
    expect(long / 16_000).toBeLessThan(120);
  });
});
