import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type HostLine, hostLines, parseHostLine } from '../../../../agent/platform/windows/host-lines.ts';

const path = '\\\\?\\USB#VID_0951&PID_1666#001A92053B6A#{a5dcbf10-6530-11d2-901f-00c04fb951ed}';

test.each([
  [`device add ${path}`, { about: 'device', change: 'add', path }],
  [`device remove ${path}`, { about: 'device', change: 'remove', path }],
  ['volume add 30', { about: 'volume', change: 'add', letters: ['E', 'F'] }],
  ['volume remove 1', { about: 'volume', change: 'remove', letters: ['A'] }],
  ['session 7 2', { about: 'session', event: 7, session: 2 }],
])('%s', (line, expected) => {
  expect(parseHostLine(line)).toEqual(expected);
});

test.each([
  '',
  'device',
  'device add',
  'device plug x',
  'volume add xyz',
  'volume add 123456789',
  'session 7',
  'session -1 2',
])('"%s" is nothing', (line) => {
  expect(parseHostLine(line)).toBeUndefined();
});

test('a line is longer than any that the host writes: it is nothing', () => {
  expect(parseHostLine(`device add ${'x'.repeat(5000)}`)).toBeUndefined();
});

test('lines are heard however they are cut, and each only by who listens for its kind', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 7 })), (cuts) => {
      const input = new PassThrough();
      const lines = hostLines(input);
      const heard: HostLine[] = [];
      lines.on('volume', (line) => heard.push(line));
      const text = `volume add 8\r\nsession 7 1\nnonsense\nvolume remove 8\n`;
      let at = 0;
      for (const cut of cuts) {
        input.emit('data', text.slice(at, at + cut));
        at += cut;
      }
      input.emit('data', text.slice(at));
      expect(heard.map((line) => 'change' in line && line.change)).toEqual(['add', 'remove']);
    }),
  );
});

test('who has stopped listening hears no more, and without a host there is nothing to hear', () => {
  const input = new PassThrough();
  const heard = vi.fn();
  const end = hostLines(input).on('session', heard);
  end();
  input.emit('data', 'session 8 1\n');
  expect(heard).not.toHaveBeenCalled();
  expect(() => hostLines(undefined).on('device', heard)()).not.toThrow();
});

test('any text at all is either a line or nothing', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3000 }), (text) => {
      const line = parseHostLine(text);
      if (line?.about === 'session') expect(Number.isSafeInteger(line.session)).toBe(true);
    }),
  );
});
