import { describe, expect, it } from 'vitest';
import type { Software } from '#shared/events/software.ts';
import { approval } from '../../../../agent/watchers/software/approval.ts';

describe('approval', () => {
  const editor: Software = { source: 'dpkg', name: 'editor', version: '1', publisher: 'Example' };

  it.each([
    ['no policy', undefined, 'unapproved'],
    ['an empty list', [], 'unapproved'],
    ['its name', [{ source: 'dpkg', name: 'editor' }], 'approved'],
    ['its name from another source', [{ source: 'rpm', name: 'editor' }], 'unapproved'],
    ['its name and publisher', [{ source: 'dpkg', name: 'edit*', publisher: 'Example' }], 'approved'],
    ['its name and another publisher', [{ source: 'dpkg', name: 'editor', publisher: 'Other' }], 'unapproved'],
  ] as const)('with %s is %s', (_, approved, expected) => {
    expect(approval(approved && [...approved], editor)).toBe(expected);
  });

  it('is not given for a publisher that is not known', () => {
    const { publisher: _, ...unsigned } = editor;
    expect(approval([{ source: 'dpkg', name: '*', publisher: 'Example' }], unsigned)).toBe('unapproved');
  });
});
