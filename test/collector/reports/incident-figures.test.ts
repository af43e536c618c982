import { describe, expect, it } from 'vitest';
import { decide } from '../../../collector/incidents/decisions.ts';
import { openIncident } from '../../../collector/incidents/incidents.ts';
import { keepSection, sectionsOf } from '../../../collector/incidents/sections-kept.ts';
import { incidentFigures } from '../../../collector/reports/incident-figures.ts';
import type { StoreTransaction } from '../../../collector/store/tables.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { accountOf } from '../incidents/violation.ts';

const october = { from: '2026-10-01', to: '2026-10-31' };
const november = { from: '2026-11-01', to: '2026-11-30' };
const inOctober = Date.parse('2026-10-12T10:00:00Z');
const inNovember = Date.parse('2026-11-02T10:00:00Z');

describe('the incident figures of the quarterly report', () => {
  it('count what was confirmed, by the period it was opened in, and what was decided', async () => {
    await using collector = await realCollector();
    const { store } = collector.context;
    const account = await accountOf(collector, 'ict-analyst');
    const transact = <T>(work: (tx: StoreTransaction) => Promise<T>) => store.transaction().execute(work);
    const opened = async (now: number) => {
      const opening = {
        source: 'self-report',
        alertIds: [],
        openedBy: account,
        note: 'A stick is lost.',
        now,
      } as const;
      return (await transact((tx) => openIncident(tx, opening))).id;
    };
    const [first, second, draft] = [await opened(inOctober), await opened(inNovember), await opened(inNovember)];
    await transact(async (tx) => {
      const { what } = await sectionsOf(tx, first);
      const values = { ...what.values, type: 'lost-device', nearMiss: 'yes' };
      await keepSection(
        tx,
        { incidentId: first, section: 'what', values, seen: what.revision },
        {
          accountId: account,
          now: inOctober,
        },
      );
    });
    const confirmed = { state: 'confirmed', confirmed_at: inOctober, risk: 12, due_at: inOctober + 1 } as const;
    await store.updateTable('incidents').set(confirmed).where('id', 'in', [first, second]).execute();
    const decision = { body: 'ico', told: false, reason: 'Encrypted, and found again', reference: '' } as const;
    const head = await accountOf(collector, 'head-of-business-and-governance');
    const by = { accountId: head, role: 'head-of-business-and-governance', personId: null, now: inNovember } as const;
    await transact((tx) => decide(tx, first, decision, by));

    expect(draft).not.toBe(second);
    expect(await incidentFigures(store, october)).toMatchObject({
      opened: 1,
      nearMisses: 1,
      open: 1,
      overdueAnalyses: 1,
    });
    expect(await incidentFigures(store, october)).toMatchObject({ reported: 0, decidedNotToReport: 0 });
    const later = await incidentFigures(store, november);
    expect(later).toMatchObject({ opened: 1, nearMisses: 0, open: 2, closed: 0, reported: 0, decidedNotToReport: 1 });
    expect(later?.bySeverity).toEqual([{ label: 'High', count: 1 }]);
    expect((await incidentFigures(store, october))?.byType).toEqual([{ label: 'Lost or stolen device', count: 1 }]);
  });
});
