import { describe, expect, it } from 'vitest';
import { type EventData, type EventKind, kindDefinition, type PortcullisEvent } from '#shared/events/kinds.ts';
import { storyOf } from '../../../collector/console/facts/story.ts';

function story<K extends EventKind>(kind: K, change: Partial<EventData<K>> = {}) {
  const data = { ...(kindDefinition(kind).example as EventData<K>), ...change };
  return storyOf({ seq: 1, at: '2026-11-21T09:00:00.000Z', bootId: 'b', uptimeMs: 1, kind, data } as PortcullisEvent);
}
const fact = (told: ReturnType<typeof story>, term: string) => told.facts.find((one) => one.term === term)?.text;

describe('what was found in a file', () => {
  it('is told as a band, by how sure it is, with the medium', () => {
    const told = story('media.file-inspected');
    expect(told.headline).toBe(
      'File looked into, 50 to 99 identifiers of people: USB memory stick or drive: Example Example Stick',
    );
    expect(fact(told, 'NHS numbers')).toBe('60 sure');
    expect(fact(told, 'Bulk')).toBe('Yes, by this file alone');
    expect(fact(told, 'Authorisation')).toBe('No authorisation covers it');
    expect(fact(told, 'Drill')).toBeUndefined();
  });

  it('is called a drill when test numbers counted', () => {
    const told = story('media.file-inspected', { drill: true });
    expect(told.headline).toContain('(drill)');
    expect(fact(told, 'Drill')).toMatch(/^Test numbers counted/);
    expect(story('identifiers.bulk-reached', { drill: true }).headline).toMatch(/^Bulk reached \(drill\): 50 to 99/);
  });

  it.each([
    ['encrypted', /encrypted, so it could not/],
    ['not-inspectable', /of a kind that cannot/],
    ['too-large', /too large/],
    ['failed', /could not be looked into/],
  ] as const)('says plainly that a file was %s', (status, words) => {
    const told = story('media.file-inspected', { inspection: { detector: 'd-1', status }, isBulk: false });
    expect(told.headline).toMatch(words);
    expect(fact(told, 'Identifiers of people')).toBeUndefined();
  });

  it('is summed up for a medium and for the local disks', () => {
    const session = story('media.session');
    expect(session.headline).toMatch(/^Medium is gone, 3 files written/);
    expect(fact(session, 'Identifiers of people')).toBe(
      '1 file with none, 1 file with 50 to 99, 1 file not looked into',
    );
    const swept = story('documents.swept');
    expect(fact(swept, 'Documents folder')).toBe(
      '1,190 files with none, 12 files with 1 to 9, 2 files not looked into',
    );
  });
});
