import { describe, expect, it } from 'vitest';
import type { Software } from '#shared/events/software.ts';
import type { Approval, TitleStanding } from '#shared/policy/standing.ts';
import { judging } from '../../../../agent/watchers/software/approval.ts';

const editor: Software = { source: 'dpkg', name: 'editor', version: '1', publisher: 'Example' };
const now = Date.parse('2026-11-30T12:00:00.000Z');
const before = '2026-11-30T11:59:59.999Z';
const after = '2026-11-30T12:00:00.001Z';

describe('the list of the policy', () => {
  const approval = (approved: Parameters<typeof judging>[0]['approved'], software = editor) =>
    judging({ approved, standing: null, now }).judge(software).approval;

  it.each([
    ['no policy', undefined, 'unapproved'],
    ['an empty list', [], 'unapproved'],
    ['its name', [{ source: 'dpkg', name: 'editor' }], 'approved'],
    ['its name from another source', [{ source: 'rpm', name: 'editor' }], 'unapproved'],
    ['its name and publisher', [{ source: 'dpkg', name: 'edit*', publisher: 'Example' }], 'approved'],
    ['its name and another publisher', [{ source: 'dpkg', name: 'editor', publisher: 'Other' }], 'unapproved'],
  ] as const)('with %s is %s', (_, approved, expected) => {
    expect(approval(approved && [...approved])).toBe(expected);
  });

  it('does not have a publisher that is not known', () => {
    const { publisher: _, ...unsigned } = editor;
    expect(approval([{ source: 'dpkg', name: '*', publisher: 'Example' }], unsigned)).toBe('unapproved');
  });
});

describe('what was decided about a title', () => {
  const listed = [{ source: 'dpkg' as const, name: 'editor' }];
  const title = (more: Partial<TitleStanding>): TitleStanding => ({ source: 'dpkg', name: 'editor', ...more });
  const request = (more: Partial<Approval> = {}): Approval => ({
    ...{ id: 'R-1', kind: 'software', title: 'Editor', from: before, to: after, approver: 'H', reference: 'R' },
    ...more,
  });

  it.each([
    ['disallowed', listed, [title({ standing: 'disallowed' })], [], 'unapproved', 'disallowed'],
    ['approved', [], [title({ standing: 'approved' })], [], 'approved', 'register'],
    ['tolerated', [], [title({ standing: 'tolerated', until: after })], [], 'approved', 'tolerated'],
    [
      'tolerated no more',
      listed,
      [title({ standing: 'tolerated', until: before })],
      [],
      'unapproved',
      'tolerance-over',
    ],
    ['unsupported', listed, [title({ unsupportedSince: before })], [], 'unapproved', 'unsupported'],
    ['to be unsupported', listed, [title({ unsupportedSince: after })], [], 'approved', 'list'],
    [
      'approved, now unsupported',
      [],
      [title({ standing: 'approved', unsupportedSince: before })],
      [],
      'unapproved',
      'unsupported',
    ],
    [
      'unsupported, yet tolerated',
      [],
      [title({ standing: 'tolerated', until: after, unsupportedSince: before })],
      [],
      'approved',
      'tolerated',
    ],
    ['decided from another source', [], [title({ source: 'snap', standing: 'approved' })], [], 'unapproved', 'list'],
    ['asked for and granted', [], [], [request()], 'approved', 'request'],
    ['granted though disallowed', [], [title({ standing: 'disallowed' })], [request()], 'approved', 'request'],
    ['granted in former times', [], [], [request({ to: before })], 'unapproved', 'list'],
    ['granted for later', [], [], [request({ from: after })], 'unapproved', 'list'],
    ['granted by another name', [], [], [request({ title: 'edit' })], 'unapproved', 'list'],
    ['named in a permission of another kind', [], [], [request({ kind: 'local-data' })], 'unapproved', 'list'],
  ] as const)('counts: %s', (_, approved, software, approvals, approval, because) => {
    const standing = { software: [...software], approvals: [...approvals] };
    expect(judging({ approved: [...approved], standing, now }).judge(editor)).toEqual({
      ...{ approval, because },
      ...(because === 'request' && { request: 'R-1' }),
    });
  });
});
