import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventKinds } from '#shared/events/kinds.ts';
import type { Software } from '#shared/events/software.ts';
import { checker } from '#shared/schema.ts';
import { judging } from '../../../../agent/watchers/software/approval.ts';
import { compareSnapshots, type Snapshot } from '../../../../agent/watchers/software/snapshot.ts';
import type { Change } from '../../../../agent/watchers/watcher.ts';

const title = (name: string, version: string, architecture?: string): Software => ({
  source: 'dpkg',
  name,
  version,
  ...(architecture === undefined ? {} : { architecture }),
});
const agreed = judging({ approved: [{ source: 'dpkg' as const, name: 'good*' }], standing: null, now: 0 });
const nothingAgreed = judging({ approved: undefined, standing: null, now: 0 });

describe('the first look', () => {
  it('gives the baseline in parts of 200, not one event for each title', () => {
    const titles = Array.from({ length: 401 }, (_, index) => title(`package-${index}`, '1'));
    const changes = compareSnapshots(undefined, { dpkg: titles }, nothingAgreed);
    expect(
      changes.map(({ data }) => ('software' in data && Array.isArray(data.software) ? data.software.length : -1)),
    ).toEqual([200, 200, 1]);
    expect(changes.map(({ data }) => ('part' in data ? [data.part, data.parts] : []))).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('says that a source is empty, so that its first title is an installation', () => {
    expect(compareSnapshots(undefined, { flatpak: [] }, nothingAgreed)).toEqual([
      { kind: 'software.listed', data: { source: 'flatpak', part: 1, parts: 1, software: [] } },
    ]);
    const changes = compareSnapshots(
      { flatpak: [] },
      { flatpak: [{ source: 'flatpak', name: 'x', version: '1' }] },
      nothingAgreed,
    );
    expect(changes.map(({ kind }) => kind)).toEqual(['software.installed']);
  });

  it('gives the baseline of a source that failed at first when it is read at last', () => {
    expect(
      compareSnapshots({ rpm: [] }, { dpkg: [title('a', '1')], rpm: [] }, nothingAgreed).map(({ kind }) => kind),
    ).toEqual(['software.listed']);
  });
});

describe('a later look', () => {
  it.each([
    ['a new title', [], [title('bad', '1')], ['software.installed unapproved']],
    ['a new title on the list', [], [title('goods', '1')], ['software.installed approved']],
    ['another version', [title('bad', '1')], [title('bad', '2')], ['software.updated unapproved']],
    ['a title that went', [title('bad', '1')], [], ['software.removed']],
    [
      'the same title for another architecture',
      [title('a', '1', 'amd64')],
      [title('a', '1', 'amd64'), title('a', '1', 'i386')],
      ['software.installed unapproved'],
    ],
    [
      'a kernel beside the running one',
      [title('k', '1')],
      [title('k', '1'), title('k', '2')],
      ['software.installed unapproved'],
    ],
    ['an old kernel that went', [title('k', '1'), title('k', '2')], [title('k', '2')], ['software.removed']],
    [
      'a kernel in the place of another',
      [title('k', '1'), title('k', '2')],
      [title('k', '2'), title('k', '3')],
      ['software.updated unapproved'],
    ],
    ['nothing new', [title('a', '1')], [title('a', '1')], []],
  ])('tells %s', (_, before, now, expected) => {
    const changes = compareSnapshots({ dpkg: before }, { dpkg: now }, agreed);
    expect(changes.map(({ kind, data }) => ('approval' in data ? `${kind} ${data.approval}` : kind))).toEqual(expected);
  });

  it('names the version before', () => {
    expect(compareSnapshots({ dpkg: [title('a', '1')] }, { dpkg: [title('a', '2')] }, nothingAgreed)[0]?.data).toEqual({
      software: title('a', '2'),
      previousVersion: '1',
      approval: 'unapproved',
      because: 'list',
    });
  });
});

describe('laws', () => {
  const titles = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      version: fc.constantFrom('1', '2', '3'),
      architecture: fc.constantFrom('x', 'y'),
    }),
    { selector: ({ name, version, architecture }) => `${name} ${version} ${architecture}` },
  );
  const list = titles.map((all) => all.map(({ name, version, architecture }) => title(name, version, architecture)));

  it('the changes replayed on what was there give what is there', () => {
    fc.assert(
      fc.property(list, list, (before, now) => {
        const changes = compareSnapshots({ dpkg: before }, { dpkg: now }, nothingAgreed);
        expect(keys(replay(before, changes))).toEqual(keys(now));
      }),
    );
  });

  it('looking twice tells nothing twice', () => {
    fc.assert(fc.property(list, (now) => compareSnapshots({ dpkg: now }, { dpkg: now }, nothingAgreed).length === 0));
  });

  it('a source that could not be read changes nothing', () => {
    fc.assert(
      fc.property(list, list, (before, others) => {
        const now: Snapshot = { rpm: others.map((each) => ({ ...each, source: 'rpm' as const })) };
        const changes = compareSnapshots({ dpkg: before, rpm: [] }, now, nothingAgreed);
        expect(JSON.stringify(changes)).not.toContain('"dpkg"');
      }),
    );
  });

  it('every change fits its schema', () => {
    const checkers = Object.fromEntries(Object.entries(eventKinds).map(([kind, { data }]) => [kind, checker(data)]));
    fc.assert(
      fc.property(fc.option(list, { nil: undefined }), list, (before, now) =>
        compareSnapshots(before && { dpkg: before }, { dpkg: now }, nothingAgreed).every(({ kind, data }) =>
          checkers[kind]?.check(data),
        ),
      ),
    );
  });
});

function replay(before: Software[], changes: Change[]): Software[] {
  const there = new Map(before.map((each) => [key(each), each]));
  for (const { kind, data } of changes) {
    if (kind === 'software.removed') there.delete(key(data.software));
    if (kind === 'software.updated') there.delete(key({ ...data.software, version: data.previousVersion }));
    if (kind === 'software.updated' || kind === 'software.installed') there.set(key(data.software), data.software);
  }
  return [...there.values()];
}

function key({ name, version, architecture }: Software): string {
  return `${name} ${version} ${architecture}`;
}
function keys(titles: Software[]): string[] {
  return titles.map(key).sort();
}
