import { expect, it } from 'vitest';
import { verifyStore } from '../../collector/store/verify.ts';
import { realCollector } from '../fakes/real-collector.ts';
import { demoClock, playDemo } from './demo.ts';
import { estates } from './estates.ts';
import { accounts, people } from './people.ts';

it.each(estates)(
  'plays a believable estate of $organisation into a real collector, whose chains hold',
  async (estate) => {
    const clock = demoClock(10);
    await using collector = await realCollector({ clock, organisation: estate.organisation, profile: estate.profile });
    const played = await playDemo(collector, estate, clock, { days: 10, progress: () => undefined });
    try {
      const { store } = collector.context;
      const verified = await verifyStore(store, undefined, () => undefined);
      expect(verified.holds).toBe(true);
      expect(verified.computers).toHaveLength(estate.computers.length);
      const states = await store.selectFrom('alerts').select('state').distinct().execute();
      expect(states.map(({ state }) => state).sort()).toEqual(['acknowledged', 'closed', 'open']);
      const found = await store.selectFrom('alerts').select('severity').distinct().execute();
      expect(found.map(({ severity }) => severity)).toEqual(
        expect.arrayContaining(['low', 'medium', 'high', 'critical']),
      );
      for (const table of [
        'seen_devices',
        'software_titles',
        'network_names',
        'media',
        'approval_requests',
        'people',
      ] as const) {
        expect([table, (await store.selectFrom(table).selectAll().execute()).length > 2]).toEqual([table, true]);
      }
      const refused = collector.log.filter(({ level }) => Number(level) >= 50);
      expect(refused).toEqual([]);
    } finally {
      played.stop();
    }
  },
  180_000,
);

it('names nobody twice, and has a sign-in for each role', () => {
  expect(new Set(people.map(({ name }) => name)).size).toBe(people.length);
  expect(new Set(accounts.map(({ role }) => role)).size).toBe(9);
});
