import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isoTime } from '#shared/clock.ts';
import type { DeviceFacts } from '#shared/device/facts.ts';
import { newKeyPair, signer } from '#shared/identity.ts';
import { connectedDevices } from '../../../collector/policies/estate.ts';
import { publishText } from '../../../collector/policies/life-cycle.ts';
import { profileText } from '../../../collector/policies/policies.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { testStore } from '../../fakes/test-store.ts';

const now = Date.UTC(2026, 10, 21, 9);
const device = (vendorId: string): DeviceFacts => ({
  class: 'hid',
  bus: 'usb',
  vendorId,
  productId: '0001',
  serialTrust: 'blank',
  interfaces: ['03:01:01'],
  port: '1-2',
});

let test: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  test = await testStore();
  for (const key of ['a', 'b']) {
    await test.store
      .transaction()
      .execute((tx) => addComputer(tx, { publicKey: key, hostname: `LT-${key}`, version: '0.1.0', now }));
  }
});
afterAll(() => test[Symbol.asyncDispose]());
beforeEach(async () => {
  await test.store.deleteFrom('events').execute();
  await test.store.updateTable('computers').set({ state: 'active' }).execute();
});

type Step = [kind: 'attached' | 'removed', vendorId: string, computer?: number];

/** Each event a second after the one before; retention took the line of a `gone` one. */
async function happened(steps: readonly Step[], gone: readonly number[] = []): Promise<void> {
  for (const [index, [what, vendorId, computer = 1]] of steps.entries()) {
    const at = now + index * 1000;
    const kind = `media.${what}`;
    const data = { device: device(vendorId), ...(what === 'attached' && { volumes: [], presentAtStart: false }) };
    const decision = index % 2 === 0 ? { decision: { ruleId: 'x', trace: [] } } : {};
    const event = { seq: index + 1, at: isoTime(at), bootId: 'boot', uptimeMs: index, kind, ...decision, data };
    await test.store
      .insertInto('events')
      .values({
        computer_no: computer,
        seq: index + 1,
        at,
        received_at: at,
        kind,
        line: gone.includes(index) ? null : JSON.stringify(event),
        line_hash: null,
        link: Buffer.alloc(32),
      })
      .execute();
  }
}
const vendors = async (limit?: number) =>
  (await connectedDevices(test.store, limit)).map(({ vendorId }) => vendorId).sort();

describe('the devices of the estate', () => {
  it.each<[string, Step[], string[]]>([
    ['what was plugged in', [['attached', '0a0a']], ['0a0a']],
    [
      'not what was unplugged',
      [
        ['attached', '0a0a'],
        ['removed', '0a0a'],
      ],
      [],
    ],
    [
      'what was plugged in again',
      [
        ['attached', '0a0a'],
        ['removed', '0a0a'],
        ['attached', '0a0a'],
      ],
      ['0a0a'],
    ],
    [
      'once what was told twice',
      [
        ['attached', '0a0a'],
        ['attached', '0a0a'],
      ],
      ['0a0a'],
    ],
    [
      'the same at another computer',
      [
        ['attached', '0a0a', 1],
        ['attached', '0a0a', 2],
        ['removed', '0a0a', 1],
      ],
      ['0a0a'],
    ],
  ])('are %s', async (_what, steps, expected) => {
    await happened(steps);
    expect(await vendors()).toEqual(expected);
  });

  it('are none of a computer that was retired, and none that retention took', async () => {
    await happened(
      [
        ['attached', '0a0a', 1],
        ['attached', '0b0b', 2],
        ['attached', '0c0c', 2],
      ],
      [2],
    );
    expect(await vendors()).toEqual(['0a0a', '0b0b']);
    await test.store.updateTable('computers').set({ state: 'retired' }).where('no', '=', 1).execute();
    expect(await vendors()).toEqual(['0b0b']);
  });

  it('are told by a fixed number of events, and nothing is taken for connected that may have been removed unseen', async () => {
    await happened([
      ['attached', '0a0a'],
      ['attached', '0b0b'],
      ['removed', '0a0a'],
      ['attached', '0c0c'],
      ['removed', '0b0b'],
      ['attached', '0d0d'],
    ]);
    expect(await vendors()).toEqual(['0c0c', '0d0d']);
    expect(await vendors(1)).toEqual(['0d0d']);
    expect(await vendors(2)).toEqual(['0c0c', '0d0d']);
  });
});

describe('publishing', () => {
  const organisation = 'Example Care';
  const draft = profileText('focus', organisation).replace(
    /^rules:$/m,
    "rules:\n  - id: no-acme\n    when: { device: { vendorId: '0a0a' } }\n    rights: { connect: deny }",
  );
  const publish = () =>
    publishText({ store: test.store, signer: signer(newKeyPair().privateKeyPem), organisation }, draft, {
      by: 'analyst',
      now,
      approver: 'Head',
      reason: 'IG-1',
    });

  it('is refused when every keyboard that is connected today would be denied, and not when one is left', async () => {
    await happened([['attached', '0a0a']]);
    await expect(publish()).rejects.toThrow(/"no-acme" would deny every keyboard that is connected today \(1\)/);
    await test.store.deleteFrom('events').execute();
    await happened([
      ['attached', '0a0a'],
      ['attached', '0b0b', 2],
    ]);
    await expect(publish()).resolves.toMatchObject({ version: 1 });
  });
});
