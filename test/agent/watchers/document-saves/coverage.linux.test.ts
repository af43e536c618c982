import { describe, expect, it } from 'vitest';
import { Coverage } from '#shared/events/agent.ts';
import { checker } from '#shared/schema.ts';
import { coverageOnLinux, type LinuxCoverage } from '../../../../agent/watchers/document-saves/coverage.linux.ts';

const fits = checker(Coverage);
const full: LinuxCoverage = { markedFilesystems: 2, failed: [], tellsOldNames: true, unreadableHomes: 0 };
const btrfs = [{ filesystem: 'btrfs', code: 'EXDEV' }];

describe('coverage', () => {
  it.each<[string, Partial<LinuxCoverage>, [string, string]]>([
    ['fanotify everywhere', {}, ['watching', 'watching']],
    ['an older kernel', { tellsOldNames: false }, ['watching', 'watching']],
    ['one disk that cannot be marked', { failed: btrfs }, ['watching', 'degraded']],
    ['homes on such a disk', { failed: btrfs, folders: { homes: 1, count: 9 } }, ['degraded', 'degraded']],
    [
      'no root',
      {
        markedFilesystems: 0,
        trouble: 'The agent does not run as root.',
        folders: { homes: 1, count: 9, limit: 'Full.' },
      },
      ['degraded', 'unsupported'],
    ],
    ['nothing at all', { markedFilesystems: 0, trouble: 'No.', unreadableHomes: 3 }, ['failed', 'unsupported']],
    ['nothing that can be marked', { markedFilesystems: 0, failed: btrfs }, ['failed', 'failed']],
  ])('with %s', (_what, over, states) => {
    const coverage = coverageOnLinux({ ...full, ...over });
    expect(coverage.map(({ state }) => state)).toEqual(states);
    expect(coverage.every((area) => fits.check(area))).toBe(true);
    // What is not whole says what escapes it.
    expect(coverage.every(({ state, limits }) => state === 'watching' || limits.length > 0)).toBe(true);
  });
});
