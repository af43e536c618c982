import { describe, expect, it } from 'vitest';
import { lintText } from '../../../collector/policies/lint-text.ts';
import { noon, profileText } from '../../shared/policy/cases.ts';

const focus = profileText('focus');
const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split('\n').length;

describe('lint of a policy text', () => {
  it('names the line of each rule it speaks of', () => {
    const text = focus.replace(
      '    clause: focus 4.8\n  - id: withdrawn-media',
      '    expires: 2026-01-01\n    clause: focus 4.8\n  - id: withdrawn-media',
    );
    const finding = lintText(text, { now: noon }).find(({ check }) => check === 'expired');
    expect(finding).toMatchObject({ ruleId: 'lost-media', line: lineOf(text, '- id: lost-media') });
  });

  it.each([
    ['a fault', focus.replace('onUnknown: match', 'onUnknwon: match'), 'invalid'],
    [
      'a policy that locks out',
      focus.replace(
        "class: [usb-storage, external-disk, memory-card, phone, camera]\n        interfaces: { anyOf: ['03:*:*'] }",
        'class: hid',
      ),
      'locks-out',
    ],
  ])('gives %s as an error with its line', (_name, text, check) => {
    expect(lintText(text, { now: noon })).toEqual([
      expect.objectContaining({ level: 'error', check, line: expect.any(Number) }),
    ]);
  });
});
