import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '#shared/policy/load.ts';
import { policyReference } from '#shared/policy/reference.ts';
import { profileText } from './cases.ts';

const page = policyReference();

describe('the reference of the policy language', () => {
  it('is what stands in docs/policy-reference.md (make it anew with node shared/policy/reference.ts)', () => {
    expect(readFileSync(new URL('../../../docs/policy-reference.md', import.meta.url), 'utf8')).toBe(page);
  });

  it('says something of every member', () => {
    const rows = page.split('\n').filter((line) => /^\| `/.test(line));
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });

  it.each(['`register`', '`interfaces`', '`onUnknown`', '`whenExpired`', '`encryptedBy`', '`days`'])(
    'tells of %s',
    (member) => {
      expect(page).toContain(`| ${member}`);
    },
  );

  it('shows an example that loads', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const focus = profileText('focus')
      .replace(/^lists:[\s\S]*?(?=^encryption:)/m, '')
      .replace(/^ {2}- id: media-(issued|lost|withdrawn|with-keyboard)[\s\S]*?(?=^ {2}- id: media-phone)/m, '');
    expect(loadPolicy(`${focus}\n${example}`).rules?.length).toBe(2);
  });
});
