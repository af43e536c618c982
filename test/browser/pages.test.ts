import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Role, roles } from '../../collector/accounts/roles.ts';
import { mayUse } from '../../collector/console/access.ts';
import { fillEstate, type Opened, openEveryPage, pageRoutes } from '../collector/console/estate.ts';
import { openConsole, type SomebodySignedIn } from '../collector/console/visitors.ts';
import { hasChromium, listen, overflow, throwAwayCertificate } from './browser.ts';
import { browserSuite, faultsOf, patience, viewportOf } from './suite.ts';

/** Routes that no link of a full console leads to, and where else in this folder their page is looked at; null: it is none. */
const elsewhere: Readonly<Record<string, string | null>> = {
  'GET /sign-in': 'console.test.ts',
  'GET /sign-in/code': 'accounts.test.ts',
  'GET /sign-in/organisation': null,
  'GET /sign-in/organisation/answer': null,
  'GET /session': null,
  'GET /assets/:version/:name': null,
  'GET /alerts/bulk': 'triage.test.ts',
  'GET /incidents/:id/approval': 'incidents.test.ts',
  'GET /computers/:id/lost': 'incidents.test.ts',
  'GET /notice-link': 'notices.test.ts',
};

/** The console with one of everything in it, as somebody of each role. */
async function fullConsole() {
  const made = await openConsole({}, await throwAwayCertificate());
  const url = await listen(made.app);
  const people: (SomebodySignedIn & { role: Role })[] = [];
  for (const role of roles) people.push({ role, ...(await made.visitor(role)) });
  const admin = people.find(({ role }) => role === 'ict-administrator');
  if (!admin) throw new TypeError('there is an administrator');
  await fillEstate(made, admin, 'Plain name');
  const opened = await openEveryPage([admin], 2);
  // An administrator sees nearly all; the rest belongs to one other role at least.
  const closed = pageRoutes.filter((route) => !mayUse('ict-administrator', route));
  const others = new Set(closed.map((route) => roles.find((role) => mayUse(role, route))));
  opened.push(
    ...(await openEveryPage(
      people.filter(({ role }) => others.has(role)),
      1,
    )),
  );
  return { ...made, url, people, opened };
}

/** The header measures its menu anew a moment after the window was made narrower; what never fits is found after that. */
async function settled(page: Page): Promise<void> {
  const fits = async () => expect(await overflow(page)).toBeLessThanOrEqual(0);
  await vi.waitFor(fits, { timeout: 5_000 }).catch(() => undefined);
}

describe.skipIf(!hasChromium)('every page of the table of routes', () => {
  const suite = browserSuite(fullConsole);
  /** By route: the page that has most on it. Files to download are no pages. */
  let fullest: Map<string, Opened>;

  beforeAll(() => {
    fullest = new Map();
    for (const page of suite.site.opened) {
      const isHtml = page.statusCode === 200 && `${page.headers['content-type']}`.startsWith('text/html');
      // A report is a file that runs no script, not even that of the judge; registers.test.ts looks at its markup.
      const isPage = isHtml && page.route !== 'GET /reports/:id/:format';
      if (isPage && page.body.length > (fullest.get(page.route)?.body.length ?? 0)) fullest.set(page.route, page);
    }
  });

  it('is opened, or is a file', () => {
    const files = new Set(suite.site.opened.filter(({ statusCode }) => statusCode === 200).map(({ route }) => route));
    const forgotten = pageRoutes.filter((route) => !files.has(route) && !(route in elsewhere));
    expect(forgotten).toEqual([]);
  });

  it(
    'keeps to WCAG 2.2 AA, its own sources and its width, in a wide window and in a narrow one',
    async () => {
      const found: Record<string, string[]> = {};
      for (const { id, role } of suite.site.people) {
        const own = [...fullest.values()].filter((page) => page.role === role);
        if (own.length === 0) continue;
        const { page, faults } = await suite.open(id);
        for (const { route, address } of own) {
          await page.goto(suite.site.url + address);
          await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
          const headings = await page.locator('h1').count();
          const wrong = headings === 1 ? [] : [`${headings} headings of the first level`];
          for (const width of [1280, 320]) {
            await page.setViewportSize(viewportOf(width));
            await settled(page);
            wrong.push(...(await faultsOf(page)).map((fault) => `${fault} at ${width} pixels`));
          }
          wrong.push(...faults.splice(0));
          if (wrong.length > 0) found[`${route} as ${role}: ${address}`] = wrong;
        }
      }
      expect(found).toEqual({});
    },
    4 * patience,
  );
});
