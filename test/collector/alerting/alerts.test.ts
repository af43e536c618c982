import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RefusalCode, refusals } from '#shared/protocol/protocol.ts';
import { alertRaiser, raiseAlerts, setAlertState } from '../../../collector/alerting/alerts.ts';
import { faultFinding, faultOf } from '../../../collector/alerting/faults.ts';
import type { Finding } from '../../../collector/alerting/rules.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { migrate, type OpenStore, openStore } from '../../../collector/store/database.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const hour = 60 * 60 * 1000;
const begin = Date.UTC(2026, 10, 21, 9);
let folder: ReturnType<typeof tempFolder>;
let opened: OpenStore;
beforeEach(async () => {
  folder = tempFolder();
  opened = openStore(join(folder.path, 'store.sqlite'));
  await migrate(opened.store);
  await opened.store.transaction().execute(async (tx) => {
    for (const publicKey of ['a', 'b'])
      await addComputer(tx, { publicKey, hostname: publicKey, version: '0.1.0', now: begin });
  });
});
afterEach(async () => {
  await opened.close();
  folder[Symbol.dispose]();
});

function finding(seq: number, change: Partial<Finding> = {}): Finding {
  return {
    ruleId: 'software-unapproved',
    title: 'Software',
    severity: 'medium',
    clause: 'focus 4.3',
    recipients: ['ict'],
    tell: 'now',
    kind: 'software.installed',
    group: 'group',
    seq,
    at: begin + seq,
    ...change,
  };
}
const raise = (findings: Finding[], now = begin, computerNo = 1) =>
  opened.store.transaction().execute((tx) => raiseAlerts(tx, { computerNo, policyVersion: 3, findings, now }));
const alerts = () => opened.store.selectFrom('alerts').selectAll().orderBy('opened_at').orderBy('id').execute();

describe('alerts', () => {
  it('come to the same raised together as one batch after the other', async () => {
    const { store } = opened;
    const batch = fc.record({
      computerNo: fc.constantFrom(1, 2),
      groups: fc.array(fc.constantFrom('one', 'two', 'three'), { minLength: 1, maxLength: 4 }),
    });
    const standing = async () => {
      const rows = await alerts();
      const links = await store.selectFrom('alert_events').select(['computer_no', 'seq']).orderBy('seq').execute();
      const history = (await store.selectFrom('alert_history').select('action').execute()).length;
      for (const table of ['alert_events', 'alert_steps', 'alert_history', 'alerts'] as const)
        await store.deleteFrom(table).execute();
      return { rows: rows.map(({ id: _id, ...row }) => JSON.stringify(row)).sort(), links, history };
    };
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (batches) => {
        const raises = batches.map(({ computerNo, groups }, place) => {
          const findings = groups.map((group, index) => finding(place * 10 + index, { group }));
          return { computerNo, policyVersion: 3, findings, now: begin };
        });
        for (const { findings, now, computerNo } of raises) await raise(findings, now, computerNo);
        const oneByOne = await standing();
        await store.transaction().execute((tx) => alertRaiser(store)(tx, raises));
        expect(await standing()).toEqual(oneByOne);
      }),
      { numRuns: 20 },
    );
  });

  it('about what fell into disfavour are added to one that is open, however old, and to none that is closed', async () => {
    const [old = ''] = await raise([finding(1)]);
    const later = begin + 30 * 24 * hour;
    expect(await raise([finding(2, { joins: 'open' })], later)).toEqual([old]);
    expect((await alerts()).map(({ count }) => count)).toEqual([2]);
    const step = {
      alertId: old,
      accountId: 'ann',
      action: 'closed',
      note: null,
      outcome: 'expected',
      at: later,
    } as const;
    await setAlertState(opened.store, step);
    expect(await raise([finding(3, { joins: 'open' })], later)).not.toEqual([old]);
    expect(await alerts()).toHaveLength(2);
  });

  it('count repeats within a day, from one batch or from many', async () => {
    const [id] = await raise([finding(1), finding(2)]);
    expect(await raise([finding(3)], begin + 23 * hour)).toEqual([id]);
    expect(await alerts()).toMatchObject([
      {
        count: 3,
        first_seq: 1,
        last_seq: 3,
        first_at: begin + 1,
        last_at: begin + 3,
        severity_rank: 2,
        policy_version: 3,
      },
    ]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['after a day', () => raise([finding(2)], begin + 24 * hour)],
    ['on another computer', () => raise([finding(2)], begin, 2)],
    ['of another group', () => raise([finding(2, { group: 'other' })])],
  ])('are opened anew %s', async (_what, again) => {
    await raise([finding(1)]);
    await again();
    expect((await alerts()).map(({ count }) => count)).toEqual([1, 1]);
  });

  it('are opened anew when the one that stood was closed, and go on counting when it was only acknowledged', async () => {
    const [id = ''] = await raise([finding(1)]);
    const step = { alertId: id, accountId: 'someone', note: null, at: begin };
    await setAlertState(opened.store, { ...step, action: 'acknowledged' });
    expect(await raise([finding(2)])).toEqual([id]);
    await setAlertState(opened.store, { ...step, action: 'closed', outcome: 'expected' });
    await raise([finding(3)], begin + 1);
    expect(await alerts()).toMatchObject([
      { id, state: 'closed', count: 2 },
      { state: 'open', count: 1, first_seq: 3 },
    ]);
  });

  it('keep the first hundred events and go on counting', async () => {
    await raise(Array.from({ length: 90 }, (_, index) => finding(index + 1)));
    await raise(Array.from({ length: 90 }, (_, index) => finding(index + 91)));
    const linked = await opened.store.selectFrom('alert_events').select('seq').orderBy('seq').execute();
    expect(linked.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(await alerts()).toMatchObject([{ count: 180, last_seq: 180 }]);
  });

  it('begin their history with their opening', async () => {
    const [alertId = ''] = await raise([finding(1)]);
    const history = await opened.store.selectFrom('alert_history').selectAll().execute();
    expect(history).toMatchObject([{ alert_id: alertId, action: 'opened', account_id: null, at: begin }]);
  });
});

describe('what the collector itself finds', () => {
  it.each(Object.keys(refusals) as RefusalCode[])('on refusal %s is a cause for concern, or plainly not', (code) => {
    const concern: Partial<Record<RefusalCode, string>> = {
      badSignature: 'signature-bad',
      clonedIdentity: 'identity-cloned',
      brokenChain: 'evidence-broken',
      malformed: 'agent-malformed',
      unknownKind: 'agent-malformed',
      tooLarge: 'agent-malformed',
    };
    expect(faultOf(code)).toBe(concern[code]);
  });

  it('is raised once a day for one computer, with the clause of the profile in force', async () => {
    await raise([faultFinding('evidence-gap', 'focus 3.6', begin)]);
    await raise([faultFinding('evidence-gap', 'focus 3.6', begin + hour)], begin + hour);
    expect(await alerts()).toMatchObject([
      { rule_id: 'evidence-gap', clause: 'focus 3.6', kind: 'collector', count: 2, first_seq: null },
    ]);
  });
});
