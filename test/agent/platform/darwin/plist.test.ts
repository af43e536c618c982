import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Plist, parseDict, parsePlist } from '../../../../agent/platform/darwin/plist.ts';

const head =
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n';
const list = (inner: string) => `${head}<plist version="1.0">${inner}</plist>`;
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function written(value: Plist): string {
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`;
  if (typeof value === 'number')
    return Number.isInteger(value) ? `<integer>${value}</integer>` : `<real>${value}</real>`;
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (value instanceof Map) {
    return `<dict>${[...value].map(([key, one]) => `<key>${escaped(key)}</key>${written(one)}`).join('\n')}</dict>`;
  }
  return `<array>\n${(value as readonly Plist[]).map(written).join('')}</array>`;
}

const words = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '<', '&', '>', '"', '/', '💾') });
const { value: values } = fc.letrec<{ value: Plist }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    words,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(words, tie('value')), { selector: ([key]) => key, maxLength: 4 })
      .map((pairs) => new Map(pairs)),
  ),
}));

describe('a property list', () => {
  test('gives back whatever was written into it', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(parsePlist(list(written(value)))).toEqual(value);
      }),
    );
  });

  test.each([
    ['a control character in a device’s name', '\u0001\u0002Stick\u001b[2J', '\uFFFD\uFFFDStick\uFFFD[2J'],
    ['half of a pair of code units', 'Stick\uD83D', 'Stick\uFFFD'],
    ['one that is no character', 'Stick\uFFFF', 'Stick\uFFFD'],
  ])('is read in spite of %s', (_what, name, seen) => {
    expect(parsePlist(list(`<array><string>${name}</string></array>`))).toEqual([seen]);
  });

  test('keeps data and dates as they are written', () => {
    expect(parsePlist(list('<array><data>AQI=</data><date>2026-11-30T09:00:00Z</date></array>'))).toEqual([
      'AQI=',
      '2026-11-30T09:00:00Z',
    ]);
  });

  test.each([
    ['nothing', ''],
    ['no markup', 'Could not find disk: disk9'],
    ['cut short', list('<dict><key>a</key>').slice(0, -10)],
    ['an entity of its own', '<!DOCTYPE plist [<!ENTITY a "b">]><plist><string>&a;</string></plist>'],
    ['too deep', list('<array>'.repeat(400) + '</array>'.repeat(400))],
    ['another kind than is wanted', list('<array/>')],
  ])('that is %s is an error, never an empty answer', (_what, text) => {
    expect(() => parseDict(text)).toThrow(/A property list/);
  });
});
