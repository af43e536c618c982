import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../collector/accounts/sessions.ts';
import { listPeople } from '../../collector/register/people.ts';
import { importPeople } from '../../collector/register/people-import.ts';
import { addAccount, password } from '../collector/console/site.ts';
import {
  accessibilityFaults,
  hasChromium,
  launch,
  openPage,
  overflow,
  signedInAs,
  signIn,
  type TestSite,
  testSite,
} from './browser.ts';

const staff = `reference,name,email,team,accounts,supervises,deputises
E1,Robin Example,robin@example.test,Reception,FOCUS\\robin,,
E2,Sam Sample,sam@example.test,Reception,sam,Reception,
E3,Kim Invented,,Finance,kim,Finance,Reception
`;
/** Set PORTCULLIS_PICTURES to a folder to keep a picture of each page. */
const pictures = process.env.PORTCULLIS_PICTURES;

describe.skipIf(!hasChromium)('accounts and people in a browser', () => {
  let browser: Browser;
  let site: TestSite;
  let boss: string;
  let pages: Record<string, string>;
  let signedIn: BrowserContextOptions;

  beforeAll(async () => {
    browser = await launch();
    site = await testSite();
    const { store, clock } = site.context;
    boss = await addAccount(site.context, { username: 'boss', role: 'ict-administrator' });
    const other = await addAccount(site.context, { username: 'sam.sample', role: 'supervisor' });
    const secret = new Secret({ size: 20 }).base32;
    await store
      .insertInto('second_factors')
      .values({ account_id: boss, secret, last_step: 0, confirmed_at: 1 })
      .execute();
    await store.updateTable('accounts').set({ created_at: 0 }).where('id', '=', other).execute();
    const file = { organisation: 'Example Care', text: staff, complete: false, today: '2026-11-23' };
    await importPeople(store, file, { accountId: boss, now: clock.now() });
    const [person] = await listPeople(store, { organisations: 'all', teams: 'all' });
    pages = {
      account: '/account',
      'change-password': '/change-password',
      accounts: '/accounts',
      'new-account': '/accounts/new',
      'account-edit': `/accounts/${other}`,
      review: '/accounts/review',
      people: '/people',
      'nobody-found': '/people?search=nobody-is-called-this',
      person: `/people/${person?.id}`,
      'person-edit': '/people/new?reference=E1',
      'people-import': '/people/import',
      audit: '/audit',
      'audit-empty': '/audit?from=2030-01-01',
    };
    await openSession(site.context, boss, { browser: 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0' });
    signedIn = await cookiesOf(boss);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  /** Without the sign-in form and its second factor, which have a test of their own. */
  const cookiesOf = (account: string) => signedInAs(site.context, account);

  async function keepPicture(page: Page, name: string, width: number): Promise<void> {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true });
  }

  it.each([1280, 320])(
    'keep to WCAG 2.2 AA, their own sources and their width at %i pixels',
    async (width) => {
      const { page, faults } = await openPage(browser, { ...signedIn, viewport: { width, height: 900 } });
      const found: Record<string, unknown> = {};
      for (const [name, address] of Object.entries(pages)) {
        await page.goto(site.url + address);
        const wrong = await accessibilityFaults(page);
        const wider = await overflow(page);
        await keepPicture(page, name, width);
        if (wrong.length > 0 || wider > 0 || (await page.title()).includes('went wrong'))
          found[name] = { wrong, wider };
      }
      expect(found).toEqual({});
      expect(faults).toEqual([]);
      await page.context().close();
    },
    180_000,
  );

  it.each([true, false])(
    'let an administrator set up a second factor and sign in with it (script: %s)',
    async (javaScriptEnabled) => {
      const username = `admin-${javaScriptEnabled ? 'script' : 'plain'}`;
      await addAccount(site.context, { username, role: 'ict-administrator' });
      const { page } = await openPage(browser, { javaScriptEnabled, viewport: { width: 320, height: 700 } });
      await signIn(page, site.url, username, password);
      await page.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
      if (javaScriptEnabled) expect(await accessibilityFaults(page)).toEqual([]);
      await keepPicture(page, 'second-factor', 320);
      const secret = (await page.locator('.app-key').innerText()).replaceAll(' ', '');
      const code = () =>
        new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: site.context.clock.now() });
      await page.getByLabel('Code').fill(code());
      await page.getByRole('button', { name: 'Confirm' }).click();
      await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor();
      if (javaScriptEnabled) expect([await accessibilityFaults(page), await overflow(page)]).toEqual([[], 0]);
      await keepPicture(page, 'recovery-codes', 320);
      await page.goto(`${site.url}/account`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      site.context.clock.advance(60_000);
      await signIn(page, site.url, username, password);
      await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
      if (javaScriptEnabled) expect([await accessibilityFaults(page), await overflow(page)]).toEqual([[], 0]);
      await keepPicture(page, 'sign-in-code', 320);
      await page.getByLabel('Code').fill(code());
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      await page.context().close();
    },
    120_000,
  );

  it.each([true, false])(
    'let an administrator import people after a look at the changes (script: %s)',
    async (javaScriptEnabled) => {
      const { page, faults } = await openPage(browser, {
        ...(await cookiesOf(boss)),
        javaScriptEnabled,
        viewport: { width: 320, height: 900 },
      });
      const reference = javaScriptEnabled ? 'N1' : 'N2';
      const text = `reference,name,team\n${reference},Lee Joiner,Night\nE1,Robin Renamed ${reference},Reception\n`;
      await page.goto(`${site.url}/people/import`);
      if (javaScriptEnabled) {
        await page
          .getByLabel('Choose a file')
          .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
        await expect.poll(() => page.locator('#text').inputValue()).toBe(text);
      } else await page.locator('#text').fill(text);
      await page.getByRole('button', { name: 'Show what would change' }).click();
      await page.getByText('2 changes').first().waitFor();
      if (javaScriptEnabled) expect([await accessibilityFaults(page), await overflow(page)]).toEqual([[], 0]);
      await keepPicture(page, 'people-import-changes', 320);
      await page.getByRole('button', { name: 'Make these changes' }).click();
      await page.getByText('2 changes made.').waitFor();
      expect(faults).toEqual([]);
      await page.context().close();
    },
    120_000,
  );

  it('open the history of a person after a reason, and show who looked', async () => {
    const { page, faults } = await openPage(browser, {
      ...(await cookiesOf(boss)),
      viewport: { width: 1280, height: 900 },
    });
    await page.goto(site.url + pages.person);
    await page.getByRole('button', { name: 'Open the history' }).click();
    await page.getByRole('heading', { name: 'There is a problem' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Why do you need').fill('A stick was found in the car park');
    await page.getByRole('button', { name: 'Open the history' }).click();
    await page.getByText('last 7 days: A stick was found in the car park').waitFor();
    expect([await accessibilityFaults(page), await overflow(page)]).toEqual([[], 0]);
    await keepPicture(page, 'person-history', 1280);
    expect(faults.filter((fault) => !/status of 422/.test(fault))).toEqual([]);
    await page.context().close();
  }, 120_000);

  it('warn before a session ends by disuse, and let the person stay', async () => {
    const { page } = await openPage(browser, await cookiesOf(boss));
    // The page believes the clock of the browser: four minutes are left by it, and none by the clock of the test site.
    await page.clock.install({ time: site.context.clock.now() + 26 * 60_000 });
    await page.goto(`${site.url}/account`);
    const warning = page.getByRole('alertdialog');
    await warning.getByText('You will be signed out in 4 minutes').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    site.context.clock.advance(20 * 60_000);
    await warning.getByRole('button', { name: 'Stay signed in' }).click();
    await warning.waitFor({ state: 'hidden' });
    await page.context().close();
  }, 120_000);
});
