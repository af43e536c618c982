import { expect, it } from 'vitest';
import type { DeviceFacts } from '#shared/device/facts.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { RegisterEntry } from '#shared/policy/standing.ts';
import { decisionKeeper } from '../../agent/policy/decision-keeper.ts';
import type { Judged } from '../../agent/recorder.ts';
import { alertRules } from '../../collector/alerting/rules.ts';
import { profileText } from '../../collector/policies/policies.ts';

const stick: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0781',
  productId: '5581',
  serial: 'EX1',
  serialTrust: 'device',
  interfaces: ['08:06:50'],
};
const entry: RegisterEntry = { id: '1', serial: 'EX1', state: 'issued', approver: 'Head' };

/** What the collector's alert table says of what an agent records when this stick is put in. */
function alarms(profile: 'focus' | 'ccg', register: RegisterEntry[]): string[] {
  const policy = loadPolicy(profileText(profile));
  const recorded: Judged[] = [];
  const keeper = decisionKeeper({
    policy: () => ({ version: 1, sha256: '', policy, expiresAt: undefined }),
    circumstances: () => ({
      now: Date.UTC(2026, 10, 21, 9),
      standing: { register, approvals: [], codes: [] },
    }),
    recall: () => undefined,
    record: (changes) => void recorded.push(...changes),
  });
  keeper.record([{ kind: 'media.attached', data: { device: stick, volumes: [], presentAtStart: false } }]);
  const stamp = { seq: 1, at: '2026-11-21T09:00:00.000Z', bootId: 'boot', uptimeMs: 1 };
  const evaluate = alertRules(policy);
  return recorded.flatMap((change) =>
    evaluate({ ...stamp, ...change } as PortcullisEvent).map(({ ruleId, severity }) => `${severity} ${ruleId}`),
  );
}

it.each(['focus', 'ccg'] as const)(
  'a stick reported lost, expired or unknown raises its alarm where it is put in: %s',
  (profile) => {
    const unknown = { focus: 'low media-inserted', ccg: 'medium media-inserted' }[profile];
    expect(alarms(profile, [])).toEqual([unknown]);
    expect(alarms(profile, [entry])).not.toContain(unknown);
    expect(alarms(profile, [{ ...entry, state: 'lost' }])).toContain('critical media-lost');
    expect(alarms(profile, [{ ...entry, expires: '2026-11-21T09:00:00.000Z' }])).toContainEqual(
      expect.stringMatching(/^(medium|high) media-withdrawn$/),
    );
  },
);
