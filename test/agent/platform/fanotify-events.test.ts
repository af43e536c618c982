import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FanotifyEvent, handleBytes, parseFanotifyEvents } from '../../../agent/platform/fanotify-events.ts';
import { defaultExtensions, nameFilter } from '../../../agent/watchers/document-saves/names.ts';

const fixture = new URL('../../fixtures/document-saves/fanotify-reads.json', import.meta.url);
const recorded: Record<string, string> = JSON.parse(readFileSync(fixture, 'utf8')).base64;
const documents = nameFilter(new Set(defaultExtensions));
const everything = () => true;

function bytes(name: string): Buffer {
  return Buffer.from(recorded[name] ?? expect.fail(`no recording ${name}`), 'base64');
}

/** `written report.docx`, `moved letter.odt from lu1.tmp`. */
function told(event: FanotifyEvent): string {
  if (event.what === 'lost') return 'lost';
  const name = ({ name: raw }: { name: Buffer }) => raw.toString('latin1');
  return `${event.what} ${name(event.entry)}${event.from ? ` from ${name(event.from)}` : ''}`;
}

describe('what the kernel wrote', () => {
  it.each([
    ['written', ['written report.docx']],
    ['renamed-into-place', ['moved letter.odt from lu1.tmp']],
    ['renamed-into-place-old-kernel', ['moved letter2.odt']],
    ['folder-renamed', ['folder-moved b from a']],
    ['folder-renamed-old-kernel', ['folder-moved d']],
    ['latin1-name', ['written \u00dcbung.doc']],
    ['mixed-burst', ['f1', 'f2', 'f3', 'f4', 'f5'].map((stem) => `written ${stem}.docx`)],
    ['overflow', ['lost']],
  ])('%s', (name, events) => {
    expect(parseFanotifyEvents(bytes(name), documents).map(told)).toEqual(events);
  });

  it('names the process, and one folder by one key', () => {
    const events = parseFanotifyEvents(bytes('mixed-burst'), documents);
    const keys = new Set(events.map((event) => (event.what === 'lost' ? '' : event.entry.folder.key)));
    expect(keys.size).toBe(1);
    expect(events.every((event) => event.what !== 'lost' && event.pid > 0)).toBe(true);
  });

  it('gives a handle that has the kernel’s form: length, type, bytes', () => {
    const [event] = parseFanotifyEvents(bytes('written'), documents);
    if (event?.what !== 'written') return expect.fail('not a write');
    const handle = handleBytes(event.entry.folder);
    expect(handle.length).toBe(8 + handle.readUInt32LE(0));
    return expect(event.entry.folder.filesystem).toHaveLength(8);
  });

  it('keeps names when the buffer is read into again', () => {
    const buffer = bytes('written');
    const [event] = parseFanotifyEvents(buffer, documents);
    buffer.fill(0);
    expect(event && told(event)).toBe('written report.docx');
  });
});

describe('bytes that make no sense', () => {
  it('are told as lost when cut short, and what came before is kept', () => {
    const whole = bytes('mixed-burst');
    for (let length = 1; length < whole.length; length++) {
      const events = parseFanotifyEvents(whole.subarray(0, length), documents).map(told);
      const kept = events.filter((one) => one !== 'lost');
      expect(kept).toEqual(['f1', 'f2', 'f3', 'f4', 'f5'].slice(0, kept.length).map((stem) => `written ${stem}.docx`));
    }
    expect(parseFanotifyEvents(whole.subarray(0, -1), documents).at(-1)).toEqual({ what: 'lost' });
  });

  it('never throw and never loop', () => {
    const all = Buffer.concat(Object.keys(recorded).map(bytes));
    const changes = fc.array(fc.tuple(fc.nat(all.length - 1), fc.nat(255)), { maxLength: 30 });
    fc.assert(
      fc.property(changes, fc.nat(all.length), (edits, start) => {
        const buffer = Buffer.from(all.subarray(start));
        for (const [at, value] of edits) if (at < buffer.length) buffer[at] = value;
        expect(parseFanotifyEvents(buffer, everything).length).toBeLessThanOrEqual(buffer.length / 24 + 1);
      }),
      { numRuns: 2000 },
    );
  });

  it('of any kind are survived', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (random) => {
        expect(Array.isArray(parseFanotifyEvents(Buffer.from(random), everything))).toBe(true);
      }),
    );
  });
});
