import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cefExtension, cefLine, cefSafe } from '../../../collector/exports/cef.ts';
import { alertRecord, computer, eventRecord, exampleRecords, sender, testRecord } from './example-records.ts';
import { type ParsedCef, parseCef, parseExtension } from './parse-cef.ts';

const hostile = [
  'plain',
  'pipe|pipe',
  'back\\slash\\',
  'equals=equals act=allowed',
  'new\nline\r\nCEF:0|Forged|x|1|1|1|10|',
  '\u202Edesrever',
  'zero\u200Bwidth',
  'nul\u0000bell\u0007',
  '\\=|\\|=\\n',
  'cs1=x cs1Label=y',
  '<script>alert(1)</script>',
  '=cmd|calc!A1',
  '\uD800',
  '€ Ünïcödé 👍',
];
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .array(fc.constantFrom('|', '\\', '=', '\n', '\r', ' ', 'a', 'cs1', '\u202E', '\u0000', '\u2028'), {
      maxLength: 40,
    })
    .map((parts) => parts.join('')),
  fc.constantFrom(...hostile),
);
const key = fc.constantFrom('act', 'cs1', 'suser', 'msg', 'externalId', 'fsize', 'reason');

/** A whole record with this text wherever a device or person can put one. */
function recordWith(text: string) {
  const device = {
    class: 'usb-storage',
    bus: 'usb',
    vendor: text,
    product: text,
    serial: text,
    serialTrust: 'device',
    interfaces: [],
  };
  const data = { device, volumes: [], presentAtStart: false };
  return {
    ...eventRecord('media.attached', data, { actor: { user: text, process: text } }),
    computer: { ...computer, hostname: text },
  };
}

describe('a value of an extension', () => {
  it('comes back as it was, but for what would turn or forge a line', () => {
    fc.assert(
      fc.property(fc.dictionary(key, anyText), (values) => {
        const expected = Object.entries(values).map(([name, text]) => [name, cefSafe(text)] as const);
        expect(parseExtension(cefExtension(values))).toEqual(
          Object.fromEntries(expected.filter(([, text]) => text !== '')),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('that is harmless is not changed at all', () => {
    const text = 'A = B | C \\ D, 5 % "quoted"';
    expect(cefSafe(text)).toBe(text);
    expect(parseExtension(cefExtension({ msg: text, act: 'x' }))).toEqual({ msg: text, act: 'x' });
  });
});

describe('a line', () => {
  it('is one line and has one header whatever a device or person is called', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const line = cefLine(recordWith(text), { ...sender, organisation: text });
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        const { header, extension } = parseCef(line);
        expect(header).toEqual({
          version: '0',
          vendor: 'Portcullis',
          product: 'Portcullis',
          deviceVersion: '0.1.0',
          signature: 'media.attached',
          name: expect.any(String),
          severity: '1',
        });
        expect(extension.suser ?? '').toBe(cefSafe(text));
        expect(extension.cs2 ?? '').toBe(cefSafe(text));
        expect(extension.externalId).toBe(`${computer.id}/7`);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps hostile words of an alert in its name', () => {
    fc.assert(
      fc.property(anyText, (title) => {
        const { header } = parseCef(cefLine({ ...alertRecord, alert: { ...alertRecord.alert, title } }, sender));
        expect(header.name).toBe(cefSafe(title).replaceAll(/[\r\n]+/g, ' '));
      }),
    );
  });

  it.each([...exampleRecords, alertRecord, testRecord])('of an example can be read: %#', (record) => {
    const { header, extension }: ParsedCef = parseCef(cefLine(record, sender));
    expect(Number(header.severity)).toBeGreaterThanOrEqual(0);
    expect(extension.externalId).toBe(record.uid);
    for (const name of Object.keys(extension).filter((one) => /^c[sn]\d$/.test(one)))
      expect(extension).toHaveProperty(`${name}Label`);
  });
});
