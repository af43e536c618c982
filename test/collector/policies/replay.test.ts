import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isoTime } from '#shared/clock.ts';
import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import { deviceKey } from '#shared/device/facts.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { decide } from '#shared/policy/decide.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Rule } from '#shared/policy/rule.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { factsText } from '../../../collector/policies/facts-text.ts';
import { profileText } from '../../../collector/policies/policies.ts';
import { joined, type Replay, replay } from '../../../collector/policies/replay.ts';
import { basisOf, judgeEvent, type ReplayParts } from '../../../collector/policies/replay-event.ts';
import { replayText } from '../../../collector/policies/replay-text.ts';
import { replayOnAllCores, stretchesOf } from '../../../collector/policies/replay-threads.ts';
import { timeTurns } from '../../../collector/policies/time-turns.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import type { Store } from '../../../collector/store/tables.ts';
import { testStore } from '../../fakes/test-store.ts';

const focus = loadPolicy(profileText('focus'));
const start = Date.UTC(2026, 9, 24, 0);
const stick: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0781',
  productId: '5581',
  serial: 'EX1',
  serialTrust: 'device',
  interfaces: ['08:06:50'],
};

/** Everything allowed but for these rules. */
function policyWith(rules: Rule[], mode: Policy['mode'] = 'enforce'): Policy {
  const defaults = Object.fromEntries(
    Object.entries(focus.devices.defaults).map(([name, one]) => [
      name,
      { ...one, rights: { connect: 'allow', read: 'allow', write: 'allow', execute: 'allow' } },
    ]),
  ) as Policy['devices']['defaults'];
  return { ...focus, mode, devices: { ...focus.devices, defaults }, rules };
}

type MediaEvent = Extract<PortcullisEvent, { kind: 'media.attached' | 'media.mounted' | 'media.changed' }>;
interface Stored {
  event: MediaEvent;
  computer: number;
}

let computers: { id: string; hostname: string }[];
let test: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  test = await testStore();
  const ids = await test.store.transaction().execute(async (tx) => {
    const made: string[] = [];
    for (const no of [1, 2]) {
      made.push(await addComputer(tx, { publicKey: `key-${no}`, hostname: `LT-${no}`, version: '0.1.0', now: 1 }));
    }
    return made;
  });
  computers = ids.map((id, index) => ({ id, hostname: `LT-${index + 1}` }));
});
afterAll(() => test[Symbol.asyncDispose]());

async function store(into: Store, events: readonly Stored[]): Promise<void> {
  await into.deleteFrom('events').execute();
  for (const { event, computer } of events) {
    await into
      .insertInto('events')
      .values({
        computer_no: computer + 1,
        seq: event.seq,
        at: Date.parse(event.at),
        received_at: 1,
        kind: event.kind,
        line: JSON.stringify(event),
        line_hash: null,
        link: Buffer.alloc(32),
      })
      .execute();
  }
}

/** The same answer without remembering anything, event by event. */
function afresh(events: readonly Stored[], parts: ReplayParts): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { event, computer } of events) {
    if (Date.parse(event.at) < parts.since) continue;
    const { device, differences } = judgeEvent(event, computers[computer], parts, decide);
    for (const { right, blocked } of differences) {
      const name = `${blocked} ${right} ${deviceKey(device)} ${computers[computer]?.id}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}

function counted({ newlyBlocked, newlyAllowed }: Replay): Map<string, number> {
  const rows = [
    ...newlyBlocked.map((row) => ({ row, blocked: true })),
    ...newlyAllowed.map((row) => ({ row, blocked: false })),
  ];
  return new Map(
    rows.map(({ row, blocked }) => [`${blocked} ${row.right} ${row.device.key} ${row.computer.id}`, row.count]),
  );
}

const serials = ['EX1', 'EX2', '","data":{"device":{}}', '"actor":'];
const devices: fc.Arbitrary<DeviceFacts> = fc.record({
  ...Object.fromEntries(Object.entries(stick).map(([name, value]) => [name, fc.constant(value)])),
  class: fc.constantFrom('usb-storage' as const, 'phone' as const),
  serial: fc.constantFrom(...serials),
}) as fc.Arbitrary<DeviceFacts>;
const volumes: fc.Arbitrary<VolumeFacts> = fc.record({
  name: fc.constant('sdb1'),
  encryption: fc.constantFrom('encrypted' as const, 'plain' as const, 'unknown' as const),
});
const eventsOf = fc.array(
  fc.record({
    kind: fc.constantFrom('media.attached' as const, 'media.mounted' as const, 'media.changed' as const),
    device: devices,
    volume: volumes,
    computer: fc.nat({ max: 1 }),
    // Over the night in which summer time ends.
    minutes: fc.nat({ max: 3 * 24 * 60 }),
    actor: fc.option(fc.constantFrom('a.staff', 'b.staff')),
    layout: fc.constantFrom('as the agent', 'decided', 'another order'),
  }),
  { maxLength: 40 },
);

function storedOf(made: typeof eventsOf extends fc.Arbitrary<infer T> ? T : never): Stored[] {
  return made.map(({ kind, device, volume, computer, minutes, actor, layout }, index) => {
    const stamp = { seq: index + 1, at: isoTime(start + minutes * 60_000), bootId: 'boot', uptimeMs: index };
    const data = kind === 'media.mounted' ? { device, volume } : { device, volumes: [volume], presentAtStart: false };
    const who = actor === null ? {} : { actor: { user: actor } };
    const decision = { decision: { ruleId: `rule-${index}`, trace: [] } };
    const laidOut = {
      'as the agent': { ...stamp, kind, ...who, data },
      decided: { ...stamp, kind, ...who, ...decision, data },
      'another order': { ...stamp, data, ...decision, ...who, kind },
    }[layout];
    return { event: laidOut as unknown as MediaEvent, computer };
  });
}

const deny = { read: 'deny', write: 'deny' } as const;
const pool = (): Rule[] => [
  { id: 'serial', when: { device: { serial: 'EX1' } }, rights: deny },
  { id: 'plain', when: { volume: { encryption: 'plain' } }, rights: { write: 'deny' } },
  { id: 'unknown', when: { volume: { encryption: 'plain' } }, rights: deny, onUnknown: 'match' },
  { id: 'night', when: { time: { after: '22:00', before: '06:30' } }, rights: deny },
  { id: 'sunday', when: { time: { days: 'sun' } }, rights: { execute: 'deny' } },
  {
    id: 'dated',
    when: { any: [{ time: { from: '2026-10-25' } }, { not: { time: { to: '2026-10-24T12:00:00Z' } } }] },
    rights: deny,
  },
  { id: 'over', when: {}, rights: { connect: 'deny' }, expires: '2026-10-24' },
  { id: 'computer', when: { computer: { hostname: 'LT-2' } }, rights: deny },
  { id: 'person', when: { user: { name: 'a.*' } }, rights: deny },
  { id: 'report', when: { device: { class: 'phone' } }, rights: deny, mode: 'report' },
  { id: 'register', when: { device: { register: ['expired', 'lost'] } }, rights: deny },
  { id: 'allowed', when: { device: { serial: 'EX2' } }, rights: { all: 'allow' } },
];
const rules = fc.shuffledSubarray(pool());
const modes = fc.constantFrom('enforce' as const, 'report' as const);

describe('a replay', () => {
  it('answers what deciding each event afresh answers', async () => {
    const registered: Standing = {
      register: [{ id: '1', serial: 'EX2', state: 'issued', approver: 'x', expires: '2026-10-25T06:00:00.000Z' }],
      approvals: [
        {
          id: '2',
          kind: 'media',
          computerId: computers[0]?.id ?? '',
          device: { serial: 'EX1' },
          rights: ['read'],
          from: '2026-10-24T06:00:00.000Z',
          to: '2026-10-25T18:00:00.000Z',
          approver: 'x',
          reference: 'y',
        },
      ],
      codes: [],
    };
    const standings = fc.constantFrom(null, registered, { register: [], approvals: [], codes: [] });
    await fc.assert(
      fc.asyncProperty(
        eventsOf,
        rules,
        rules,
        modes,
        modes,
        standings,
        async (made, before, after, was, is, standing) => {
          const events = storedOf(made);
          await store(test.store, events);
          const parts: ReplayParts = {
            draft: policyWith(after, is),
            current: policyWith(before, was),
            standing,
            since: start + 60 * 60_000,
          };
          const answer = await replay(test.store, parts);
          expect(counted(answer)).toEqual(afresh(events, parts));
          const stretches = stretchesOf(parts.since, start + 2 * 24 * 60 * 60_000, 3);
          const each = stretches.map((one) => replay(test.store, { ...parts, ...one }));
          const together = joined(await Promise.all(each), basisOf(parts));
          expect(together).toEqual({ ...answer, decided: together.decided });
          expect(answer.events).toBe(events.filter(({ event }) => Date.parse(event.at) >= parts.since).length);
        },
      ),
      { numRuns: 150 },
    );
  });

  const one = (seq: number, device: DeviceFacts, computer = 0): Stored => ({
    computer,
    event: {
      seq,
      at: isoTime(start + seq * 1000),
      bootId: 'boot',
      uptimeMs: 1,
      kind: 'media.attached',
      data: { device, volumes: [], presentAtStart: false },
    },
  });

  it('says which device on which computer loses which right, how often, and by which rule', async () => {
    const other = { ...stick, serial: 'EX2' };
    await store(test.store, [one(1, stick), one(2, stick), one(3, other), one(4, stick, 1)]);
    const rule: Rule = { id: 'no-writing', when: { device: { serial: 'EX1' } }, rights: { write: 'deny' } };
    const answer = await replay(test.store, {
      draft: policyWith([rule]),
      current: policyWith([]),
      standing: null,
      since: 0,
    });
    expect(answer).toMatchObject({ basis: 'enforced', events: 4, newlyAllowed: [] });
    expect(answer.decided).toBe(2);
    expect(answer.newlyBlocked).toMatchObject([
      {
        right: 'write',
        device: { serial: 'EX1', class: 'usb-storage' },
        computer: { hostname: 'LT-1' },
        count: 2,
        examples: [{ seq: 1, kind: 'media.attached', rule: 'no-writing' }, { seq: 2 }],
      },
      { computer: { hostname: 'LT-2' }, count: 1 },
    ]);
    expect(replayText(answer)).toMatch(/Newly blocked: 1 devices on 2 computers\.\n {2}write: EX1 on LT-1, 2 times/);
  });

  it('by every core answers the same', async () => {
    const events = Array.from({ length: 200 }, (_, index) =>
      one(index + 1, { ...stick, serial: `EX${index % 5}` }, index % 2),
    );
    await store(test.store, events);
    const rule: Rule = { id: 'no-writing', when: { device: { serial: 'EX1' } }, rights: { write: 'deny' } };
    const parts = { draft: policyWith([rule]), current: policyWith([]), standing: null, since: start };
    const whole = await replay(test.store, parts);
    const answer = await replayOnAllCores(test.file, parts, start + 200_000);
    expect(answer.newlyBlocked).toHaveLength(2);
    expect(answer).toEqual({ ...whole, decided: answer.decided });
  });

  it('of a policy that only reports takes both as if they enforced', async () => {
    await store(test.store, [one(1, stick)]);
    const rule: Rule = { id: 'no-writing', when: {}, rights: { write: 'deny' } };
    const parts = { draft: policyWith([rule], 'report'), current: policyWith([], 'report'), standing: null, since: 0 };
    expect(await replay(test.store, parts)).toMatchObject({
      basis: 'as-if-enforced',
      newlyBlocked: [{ right: 'write' }],
    });
  });

  it('of the same text enforced names what reporting let through', async () => {
    await store(test.store, [one(1, stick)]);
    const current = policyWith([{ id: 'no-writing', when: {}, rights: { write: 'deny' } }], 'report');
    const answer = await replay(test.store, {
      draft: { ...current, mode: 'enforce' },
      current,
      standing: null,
      since: 0,
    });
    expect(answer.newlyBlocked).toMatchObject([{ right: 'write', count: 1 }]);
  });
});

describe('the part of a line that decisions depend on', () => {
  const line = (event: object) => JSON.stringify(event);
  const stamp = { seq: 7, at: '2026-10-24T00:00:00.000Z', bootId: 'boot', uptimeMs: 5 };
  const data = { device: stick };
  it('leaves out number, time and decision', () => {
    const text = factsText(line({ ...stamp, kind: 'media.attached', decision: { ruleId: 'a' }, data }));
    expect(text).toBe(
      factsText(line({ ...stamp, seq: 9, uptimeMs: 6, kind: 'media.attached', decision: { ruleId: 'b' }, data })),
    );
    expect(text).not.toContain('ruleId');
  });
  it.each([
    ['another person', { ...stamp, kind: 'k', actor: { user: 'b' }, decision: {}, data }],
    ['a person after the decision', { ...stamp, kind: 'k', decision: {}, actor: { user: 'c' }, data }],
    ['another kind at the end', { ...stamp, decision: {}, data, kind: 'other' }],
    ['facts in front of the number', { data: { device: {} }, ...stamp, kind: 'k', decision: {} }],
    [
      'another device',
      { ...stamp, kind: 'k', actor: { user: 'a' }, decision: {}, data: { device: { serial: ',"data":{' } } },
    ],
  ])('tells %s apart', (_what, event) => {
    expect(factsText(line(event))).not.toBe(
      factsText(line({ ...stamp, kind: 'k', actor: { user: 'a' }, decision: {}, data })),
    );
  });
});

describe('a stretch of time', () => {
  it('is the same from one turn to the next', () => {
    const turn = timeTurns([policyWith(pool())], null);
    const at = (time: string) => turn(Date.parse(time));
    // 22:00 in London is 21:00 UTC while summer time lasts.
    expect(at('2026-10-24T20:59:59.999Z')).not.toBe(at('2026-10-24T21:00:00.000Z'));
    expect(at('2026-10-24T12:00:00.000Z')).toBe(at('2026-10-24T20:59:59.999Z'));
    expect(at('2026-10-24T11:59:59.999Z')).not.toBe(at('2026-10-24T12:00:00.000Z'));
    expect(timeTurns([policyWith([])], null)(1)).toBe(timeTurns([policyWith([])], null)(2));
  });
});
