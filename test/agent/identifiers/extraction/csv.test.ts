import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../../agent/identifiers/extraction/byte-source.ts';
import { readCsv } from '../../../../agent/identifiers/extraction/csv.ts';
import { delimiterOf, looksLikeTable } from '../../../../agent/identifiers/extraction/delimiter.ts';
import { readPlainText } from '../../../../agent/identifiers/extraction/plain-text.ts';
import type { Document } from '../../../../agent/identifiers/extraction/reader.ts';
import { wideEncodingOf } from '../../../../agent/identifiers/extraction/text-bytes.ts';

interface Told {
  rows: string[][];
  text: string;
}

/** What a reader tells of bytes of which the large pieces come at most so many at a time. */
function told(read: (document: Document) => void, bytes: Buffer, atOnce = Number.POSITIVE_INFINITY): Told {
  const all: Told = { rows: [], text: '' };
  const whole = memorySource(bytes);
  const source = {
    size: whole.size,
    read: (offset: number, length: number) => whole.read(offset, length > 16_384 ? Math.min(length, atOnce) : length),
  };
  const sink = {
    part: () => undefined,
    text: (piece: string) => {
      all.text += piece;
    },
    row: (cells: readonly string[]) => {
      all.rows.push([...cells]);
    },
  };
  read({ source, sink, name: 'made' } as unknown as Document);
  return all;
}

const rowsOf = (text: string, atOnce?: number) => told(readCsv, Buffer.from(text), atOnce).rows;

describe('a table of text', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['a,b\r\n1,2', [['a', 'b'], ['', ''].slice(2), ['1', '2']].filter((row) => row.length > 0)],
    [
      'a;b\n1,5;2\n',
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    [
      'a\tb\n1\t2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a|b\n1|2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'sep=;\na;b,c\n',
      [
        ['sep=', ''],
        ['a', 'b,c'],
      ],
    ],
    ['"a,b",c\n', [['"a,b"', 'c']]],
    [
      '"a\nb",c\nd,e\n',
      [
        ['"a\nb"', 'c'],
        ['d', 'e'],
      ],
    ],
    ['"a ""b"", c",d\n', [['"a ""b"", c"', 'd']]],
    ['a,b"c,d"\n', [['a', 'b"c', 'd"']]],
    ['9993100005,9993100269,x\n', [['9993100005', '9993100269', 'x']]],
    ['a\n', [['a']]],
    ['', []],
  ])('%j is cut into cells', (text, rows) => {
    expect(rowsOf(text).filter((row) => row.join('') !== '')).toEqual(rows);
  });

  it('is cut the same however it comes', () => {
    const cell = fc.constantFrom('a', '9993100005', '"q,\n""x"', '', '12', '999310000x');
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 40 }),
        (rows, atOnce) => {
          const text = rows.map((row) => row.join(',')).join('\n');
          expect(rowsOf(text, atOnce)).toEqual(rowsOf(text));
        },
      ),
    );
  });

  it('lets a quote without an end cost a row and no memory', () => {
    const rows = rowsOf(`a,b\n"${'x'.repeat(3_000_000)}`);
    expect(rows[0]).toEqual(['a', 'b']);
    expect(Math.max(...rows.map((row) => row.join('').length))).toBeLessThanOrEqual(1024 * 1024);
    expect(rows.flat().join('').length).toBe(3_000_003);
  });

  it('may have a million columns', () => {
    expect(rowsOf(`${'1,'.repeat(1_000_000)}1`).flat()).toHaveLength(1_000_001);
  });
});

describe('plain text', () => {
  const prose = 'Élise said: “999 310 0005”.\r\nNo more.';
  it.each([
    ['UTF-8', Buffer.from(prose)],
    ['UTF-16 LE with a mark', Buffer.from(`\ufeff${prose}`, 'utf16le')],
    ['UTF-16 LE', Buffer.from(prose, 'utf16le')],
    ['UTF-16 BE', Buffer.from(prose, 'utf16le').swap16()],
  ])('is read from %s, in pieces of any length', (_name, bytes) => {
    for (const atOnce of [1, 7, 4096]) expect(told(readPlainText, bytes, atOnce).text).toBe(prose);
  });

  it('is told as a table where its lines are one', () => {
    const lines = Array.from({ length: 6 }, (_, index) => `a\t${index}\tc`).join('\n');
    expect(told(readPlainText, Buffer.from(`${lines}\n`)).rows).toHaveLength(6);
    expect(told(readPlainText, Buffer.from(prose)).rows).toEqual([]);
  });

  it.each([
    ['a, b, c\n'.repeat(6), true],
    ['One, two.\nThree.\nFour, five, six.\nSeven, eight.\nNine.\n', false],
    ['a\tb\n'.repeat(3), false],
  ])('%j looks like a table: %o', (head, expected) => {
    expect(looksLikeTable(head)).toBe(expected);
  });

  it.each([
    ['a,b;c;d\n1,2;3;4\n1;2;3\n', ';'],
    ['no delimiter\n', ','],
    ['"a;b",c\n"d;;",e\n', ','],
  ])('%j is divided by %s', (head, expected) => {
    expect(delimiterOf(head)).toBe(expected);
  });

  it('takes zeros in a file of bytes for no encoding', () => {
    expect(wideEncodingOf(Buffer.alloc(100))).toBeNull();
    expect(wideEncodingOf(Buffer.from('plain'))).toBeNull();
  });
});
