import { strToU8, type Unzipped, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { bundle, openBundle } from '../../../collector/documents/bundle.ts';

const at = Date.parse('2026-11-30T09:00:00Z');
const files = [
  { name: 'report.txt', content: 'Nothing to report.\n' },
  { name: 'evidence/events.jsonl', content: '{"seq":1}\n' },
];

describe('a bundle', () => {
  it('holds its files and nothing is wrong with it', () => {
    const { files: inside, faults } = openBundle(bundle(files, at));
    expect(faults).toEqual([]);
    expect(Buffer.from(inside.get('evidence/events.jsonl') ?? []).toString()).toBe('{"seq":1}\n');
  });

  it('is the same bytes for the same files', () => {
    expect(bundle(files, at)).toEqual(bundle(files, at));
  });

  it.each<[string, (inside: Unzipped) => Unzipped]>([
    [
      'report.txt was changed.',
      ({ 'report.txt': _, ...rest }) => ({ ...rest, 'report.txt': strToU8('All is well.\n') }),
    ],
    ['report.txt is missing.', ({ 'report.txt': _, ...rest }) => rest],
    ['more.txt is not in the manifest.', (inside) => ({ ...inside, 'more.txt': strToU8('x') })],
  ])('says it: %s', (fault, change) => {
    const changed = change(unzipSync(bundle(files, at)));
    expect(openBundle(zipSync(changed)).faults).toEqual([fault]);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['no ZIP', Buffer.from('hello')],
  ])('is refused when it is %s', (_, bytes) => {
    expect(() => openBundle(bytes)).toThrow(/cannot be read as a ZIP/);
  });

  it.each(['../outside', '/etc/passwd', 'a//b', 'bad\nname'])('takes no name such as %j', (name) => {
    expect(() => bundle([{ name, content: '' }], at)).toThrow(/relative and plain/);
  });
});
