import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isoTime } from '#shared/clock.ts';
import type { DeviceFacts } from '#shared/device/facts.ts';
import { newKeyPair, signer } from '#shared/identity.ts';
import { decide } from '#shared/policy/decide.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { reportBreakGlass } from '../../../collector/approvals/break-glass-events.ts';
import { breakGlassText } from '../../../collector/approvals/break-glass-text.ts';
import { profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { testStore } from '../../fakes/test-store.ts';

const now = Date.UTC(2026, 10, 21, 9);
const challenge = '7K3M9QXV';
const until = isoTime(now + 60 * 60_000);
const text = profileText('focus').replace('mode: report', 'mode: enforce');
const policy = loadPolicy(text);
const stick: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0781',
  productId: '5581',
  product: 'Stick\u001b[31m',
  serial: 'EX1',
  serialTrust: 'device',
  interfaces: ['08:06:50'],
};
const keyboard: DeviceFacts = { class: 'hid', bus: 'usb', serialTrust: 'blank', interfaces: ['03:01:01'], port: '1-1' };
const everything = ['connect', 'read', 'write', 'execute'];

let test: Awaited<ReturnType<typeof testStore>>;
let computer: string;
beforeAll(async () => {
  test = await testStore();
  computer = await test.store
    .transaction()
    .execute((tx) => addComputer(tx, { publicKey: 'key', hostname: 'LT-1', version: '0.1.0', now }));
  const by = signer(newKeyPair().privateKeyPem);
  await publishPolicy(test.store, by, { text, reason: 'first', publishedBy: 'init', now });
});
afterAll(() => test[Symbol.asyncDispose]());
beforeEach(async () => {
  await test.store.deleteFrom('events').execute();
  await test.store.deleteFrom('codes').execute();
});

type Step = [kind: string, data: object, user?: string | undefined];
const opened = { register: [], approvals: [], codes: [], breakGlass: { until, by: 'one-time code' } };

/** Stores events ten seconds apart; those about a device carry the decision that break-glass made. */
async function happened(steps: readonly Step[]): Promise<void> {
  for (const [index, [kind, data, user]] of steps.entries()) {
    const at = now + index * 10_000;
    const device = 'device' in data ? (data.device as DeviceFacts) : undefined;
    const isDecided = device !== undefined && kind !== 'media.removed';
    const event = {
      seq: index + 1,
      at: isoTime(at),
      bootId: 'boot',
      uptimeMs: index,
      kind,
      ...(user && { actor: { user } }),
      ...(isDecided && { decision: decide({ policy, version: 1 }, { device }, opened, at) }),
      data,
    };
    const line = JSON.stringify(event);
    const row = { computer_no: 1, seq: index + 1, at, received_at: at, kind, line, line_hash: null };
    await test.store
      .insertInto('events')
      .values({ ...row, link: Buffer.alloc(32) })
      .execute();
  }
}
const redeemed: Step = ['code.redeemed', { challenge, scope: 'computer', rights: everything, minutes: 60, until }];
const ended: Step = ['code.ended', { challenge, scope: 'computer', because: 'cancelled' }];
const attached = (device: DeviceFacts, user?: string): Step => [
  'media.attached',
  { device, volumes: [], presentAtStart: false, register: 'unregistered' },
  user,
];

describe('the report of a break-glass period', () => {
  it('says when, who, which devices, and what the policy would have denied', async () => {
    await happened([
      attached(stick),
      redeemed,
      attached(stick, 'a.staff'),
      attached(keyboard, 'a.staff'),
      ['media.mounted', { device: stick, volume: { name: 'sdb1', encryption: 'plain' } }, 'b.staff'],
      ['media.removed', { device: stick }, 'b.staff'],
      ['agent.condition-changed', { condition: 'clock-differs', raised: true, because: 'x' }],
      ended,
      attached({ ...stick, serial: 'EX2' }, 'c.staff'),
    ]);
    await test.store
      .insertInto('codes')
      .values({
        id: 'c1',
        computer_id: computer,
        challenge,
        document: '{}',
        approver: 'Head',
        reason: 'A clinic',
        created_at: now - 60_000,
        redeemed_at: null,
        cancelled_at: null,
      })
      .execute();
    const report = await reportBreakGlass(test.store, '7k3m-9qxv');
    expect(report).toMatchObject({
      challenge,
      computer: { id: computer, hostname: 'LT-1' },
      code: { approver: 'Head', reason: 'A clinic', madeAt: isoTime(now - 60_000) },
      from: isoTime(now + 10_000),
      until,
      ended: { at: isoTime(now + 70_000), because: 'cancelled' },
      people: ['a.staff', 'b.staff'],
      isCut: false,
      happened: { 'media.attached': 2, 'media.mounted': 1, 'media.removed': 1, 'agent.condition-changed': 1 },
    });
    expect(report.devices).toMatchObject([
      {
        device: { class: 'usb-storage', serial: 'EX1' },
        register: 'unregistered',
        first: isoTime(now + 20_000),
        last: isoTime(now + 50_000),
        happened: { 'media.attached': 1, 'media.mounted': 1, 'media.removed': 1 },
      },
      { device: { class: 'hid' } },
    ]);
    expect(report.letThrough).toEqual([
      {
        device: 'usb:0781:5581:serial:EX1',
        rights: ['read', 'write', 'execute'],
        ruleId: 'unregistered-media',
        policyVersion: 1,
        mode: 'enforce',
        count: 2,
        first: isoTime(now + 20_000),
      },
    ]);
    const told = breakGlassText(report);
    expect(told).toContain('read, write, execute: usb-storage Stick');
    expect(told).toContain('agreed by Head: A clinic');
    expect(told).not.toContain('\u001b');
  });

  it('goes to the end by the clock while the end was not reported, and says so', async () => {
    const steps: Step[] = [redeemed, ...Array.from({ length: 400 }, () => attached(stick))];
    await happened(steps);
    const report = await reportBreakGlass(test.store, challenge);
    expect(report).not.toHaveProperty('ended');
    // An hour of events ten seconds apart, the first of them the code itself.
    expect(report.happened).toEqual({ 'media.attached': 359 });
    const told = breakGlassText(report);
    expect(told).toMatch(/ended {4}not reported yet/);
    expect(told).toContain('NOT made by this collector');
  });

  it('of a quiet period says that nothing happened', async () => {
    await happened([redeemed, ended]);
    const told = breakGlassText(await reportBreakGlass(test.store, challenge));
    expect(told).toContain('Devices: nothing.');
    expect(told).toContain('would have denied: nothing.');
  });

  it.each(['7K3M-9QXW', '', 'nonsense'])('is none of a challenge nobody typed in: %j', async (typed) => {
    await happened([redeemed, ended]);
    const expected = expect.objectContaining({ code: 'noSuchBreakGlass' });
    await expect(reportBreakGlass(test.store, typed)).rejects.toEqual(expected);
  });

  it('is none of a code for one device', async () => {
    await happened([
      ['code.redeemed', { challenge, scope: 'device', device: stick, rights: ['read'], minutes: 15, until }],
    ]);
    await expect(reportBreakGlass(test.store, challenge)).rejects.toThrow(/for a whole computer/);
  });
});
