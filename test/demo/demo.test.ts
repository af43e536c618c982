import { expect, it } from 'vitest';
import type { Collector } from '../../collector/main.ts';
import { verifyStore } from '../../collector/store/verify.ts';
import { realCollector } from '../fakes/real-collector.ts';
import { demoClock, playDemo } from './demo.ts';
import { estates } from './estates.ts';
import { accounts, people } from './people.ts';
import { visitorOf } from './visit.ts';

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
      expect(await emptyPages(collector)).toEqual([]);
      const refused = collector.log.filter(({ level }) => Number(level) >= 50);
      expect(refused).toEqual([]);
    } finally {
      played.stop();
    }
  },
  300_000,
);

/** Whoever shows the product shows these. */
const shown = ['analyst', 'administrator', 'supervisor', 'head', 'iglead', 'auditor'];
/** What a page says where it has nothing. Destinations of exports stand in the settings, which start.ts writes. */
const sayNothing =
  /No [a-z ]+ (?:has|have|was|were|is) [a-z ]*(?:yet|imported|issued)|No [a-z]+ fits?|Nobody has asked|Nothing (?:is on hold|was removed|here waits|is in the making|fits)/;

/** Opens what the menu offers to each of these people. @returns pages that have nothing worth looking at, and what they say */
async function emptyPages(collector: Collector): Promise<string[]> {
  const found: string[] = [];
  for (const username of shown) {
    const open = await visitorOf(collector, username);
    const home = await open('/');
    const menu = /<nav[^>]*aria-label="Menu"[\s\S]*?<\/nav>/.exec(home.body)?.[0] ?? '';
    const offered = [...menu.matchAll(/href="([^"]+)"/g)].flatMap(([, href = '']) => (href === '/exports' ? [] : href));
    expect(offered.length).toBeGreaterThan(4);
    for (const address of offered) {
      const { status, body } = await open(address);
      const main = /<main[\s\S]*<\/main>/.exec(body)?.[0] ?? '';
      const empty = sayNothing.exec(main.replaceAll(/<[^>]+>/g, ''))?.[0];
      const hasContent = /<tbody[\s\S]*?<tr|app-figure__count/.test(main) || address === '/about-monitoring';
      if (status !== 200 || empty || !hasContent) found.push(`${username} ${address}: ${status} ${empty ?? 'no list'}`);
    }
  }
  return found;
}

it('names nobody twice, and has a sign-in for each role', () => {
  expect(new Set(people.map(({ name }) => name)).size).toBe(people.length);
  expect(new Set(accounts.map(({ role }) => role)).size).toBe(9);
});
