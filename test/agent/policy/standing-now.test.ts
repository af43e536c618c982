import { expect, it } from 'vitest';
import { decide } from '#shared/policy/decide.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { nextTurn, standingNow } from '../../../agent/policy/standing-now.ts';
import { profileText } from '../../../collector/policies/policies.ts';

const now = Date.UTC(2026, 10, 21, 9);
const until = '2026-11-21T10:00:00.000Z';
const told: Standing = { register: [], approvals: [], codes: [] };
const code: Standing['codes'][number] = { id: 'C1', device: { serial: 'EX1' }, rights: ['read'], until };
const keeper = (standing: Standing | undefined) => ({
  current: () => (standing ? { version: 1, standing, cancelled: [] } : null),
});
const codes = (...held: Standing['codes']) => ({ inForce: () => ({ codes: held }) });

it('nothing told and no code typed in is nothing known', () => {
  expect(standingNow(keeper(undefined), codes())).toBeNull();
});

it('a code that was typed in before the collector told the register does not make that empty', () => {
  const standing = standingNow(keeper(undefined), codes(code));
  expect(standing).toEqual({ approvals: [], codes: [code] });
  expect(standingNow(keeper(told), codes(code))).toEqual({ ...told, codes: [code] });
  const policy = loadPolicy(profileText('focus'));
  const device = { class: 'usb-storage', bus: 'usb', serial: 'EX2', serialTrust: 'device', interfaces: [] } as const;
  const look = (known: Standing | null) =>
    decide({ policy, version: 1 }, { device: { ...device, interfaces: [] } }, known, now).trace.find(
      ({ ruleId }) => ruleId === 'unregistered-media',
    )?.because;
  expect(look(standing)).toMatch(/cannot be known/);
  expect(look(told)).toBe('Its condition holds.');
});

it('the next turn is the first end or beginning that is still ahead, and an hour off at the latest', () => {
  expect(nextTurn(null, now)).toBe(now + 60 * 60_000);
  expect(nextTurn({ approvals: [], codes: [{ ...code, until: '2026-11-21T09:30:00.000Z' }] }, now)).toBe(
    now + 30 * 60_000,
  );
});
