import { hash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type Role, roles, roleWords } from '../../collector/accounts/roles.ts';
import { importPeople } from '../../collector/register/people-import.ts';
import { inventedMonday } from '../collector/console/invented.ts';
import { addAccount } from '../collector/console/site.ts';
import { accessibilityFaults, hasChromium, overflow, testSite } from './browser.ts';
import { browserSuite, patience, viewportOf } from './suite.ts';

/** Each page at each width and without script is in pages.test.ts and journeys.test.ts: here, that each menu holds. */
const ways = [
  { width: 320, javaScriptEnabled: true },
  { width: 1280, javaScriptEnabled: false },
] as const;
const menu = 'nav[aria-label="Menu"] a[href]';
const staff = `reference,name,team,accounts,supervises,deputises
E1,Jordan Example,Reception,jordan.example,,
E2,Sam Sample,Reception,sam,Reception,
`;

describe.skipIf(!hasChromium)('the work of each role in a browser', () => {
  const accounts = new Map<Role, string>();
  /** Contents that were judged: the same page under another role needs no second look. */
  const judged = new Set<string>();

  const suite = browserSuite(async () => {
    const site = await testSite({ secondFactorFor: [] });
    for (const role of roles) accounts.set(role, await addAccount(site.context, { username: role, role }));
    const { store, clock } = site.context;
    await inventedMonday(site.context, accounts.get('ict-analyst') ?? '');
    const file = { organisation: 'Example Care', text: staff, complete: false, today: '2026-11-23' };
    await importPeople(store, file, { accountId: null, now: clock.now() });
    const leader = await store
      .selectFrom('people')
      .select('id')
      .where('reference', '=', 'E2')
      .executeTakeFirstOrThrow();
    await store.updateTable('accounts').set({ person_id: leader.id }).where('role', '=', 'supervisor').execute();
    return site;
  });

  /** @returns what is wrong with the page that is open */
  async function judge(page: Page, status: number | undefined, width: number, script: boolean): Promise<string[]> {
    const faults = status === 200 ? [] : [`status ${status}`];
    if ((await page.locator('h1').count()) !== 1) faults.push('not one heading');
    // What measures and what judges are scripts themselves.
    if (!script) return faults;
    const wider = await overflow(page);
    if (wider > 0) faults.push(`${wider} pixels too wide`);
    const content = `${width} ${await page.locator('main').innerHTML()}`.replaceAll(
      /name="formToken" value="[^"]*"/g,
      '',
    );
    const key = hash('sha256', content);
    if (judged.has(key)) return faults;
    judged.add(key);
    return [...faults, ...(await accessibilityFaults(page))];
  }

  /** Addresses within the page that are under its own: from a list, the first thing that it lists. */
  async function firstThing(page: Page, path: string): Promise<string | undefined> {
    const links = await hrefsOf(page, `main a[href^="${path}/"]`);
    return links.find((link) => /\/[\w-]{20,}$/.test(link));
  }

  describe.each(roles.map((role) => [roleWords[role], role] as const))('%s', (_words, role) => {
    it.each(ways)(
      'goes through all that the menu offers at $width pixels (script: $javaScriptEnabled)',
      async ({ width, javaScriptEnabled }) => {
        const options = { javaScriptEnabled, viewport: viewportOf(width) };
        const { page, faults } = await suite.open(accounts.get(role), options);
        const found: Record<string, string[]> = {};
        const look = async (address: string) => {
          const answer = await page.goto(suite.site.url + address, { waitUntil: 'load' });
          const wrong = await judge(page, answer?.status(), width, javaScriptEnabled);
          if (wrong.length > 0) found[address] = wrong;
        };
        await look('/');
        const offered = [...new Set(await hrefsOf(page, menu))];
        expect(offered).toContain('/');
        for (const address of offered) {
          await look(address);
          const marked = await page.locator(`${menu}[aria-current]`).first().getAttribute('href');
          if (marked !== address) found[address] = [...(found[address] ?? []), `the menu is at ${marked}`];
          const thing = javaScriptEnabled ? await firstThing(page, address) : undefined;
          if (thing) await look(thing);
        }
        expect(found).toEqual({});
        expect(faults).toEqual([]);
      },
      patience,
    );
  });

  async function hrefsOf(page: Page, links: string): Promise<string[]> {
    const found = await page.locator(links).all();
    return Promise.all(found.map(async (link) => `${await link.getAttribute('href')}`));
  }
});
