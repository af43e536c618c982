import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endSessionsOf } from '../../collector/accounts/sessions.ts';
import { fillAlert, fillComputer } from '../collector/console/filling.ts';
import { inventedMonday } from '../collector/console/invented.ts';
import { addAccount, password } from '../collector/console/site.ts';
import {
  accessibilityFaults,
  hasChromium,
  launch,
  openPage,
  overflow,
  signIn,
  type TestSite,
  testSite,
} from './browser.ts';

const newPassword = 'yellow harbour biscuit';
// A form sent back with faults has status 422, which browsers write to their console. It is no fault of the page.
const refusedForm = /status of 422/;

describe.skipIf(!hasChromium)('the console in a browser', () => {
  let browser: Browser;
  let site: TestSite;
  let pages: Record<string, string>;
  /** Cookies of an analyst: the sign-in is throttled, so most tests come in with these. */
  let signedIn: BrowserContextOptions;

  beforeAll(async () => {
    browser = await launch();
    site = await testSite();
    const analyst = await addAccount(site.context);
    for (const username of ['fresh', 'plain']) await addAccount(site.context, { username, mustChangePassword: true });
    const { media, list, laptop } = await inventedMonday(site.context, analyst);
    pages = {
      'the alert list': '/alerts',
      'a filtered list': '/alerts?severity=high&period=7d&computer=foc&sort=hostname&direction=asc',
      'a list without alerts': '/alerts?computer=nothing-is-called-this',
      'an alert about a stick': `/alerts/${media}`,
      'an alert about documents': `/alerts/${list[1]}?done=noted`,
      'the computers': '/computers',
      'a computer': `/computers/${laptop.id}`,
      'what is recorded': '/about-monitoring',
      'the change of password': '/change-password',
      'a page that is not there': '/nothing',
    };
    const { page } = await openPage(browser);
    await signIn(page, site.url, 'pat', password);
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    signedIn = { storageState: await page.context().storageState() };
    await page.context().close();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  /** From the sign-in to an acknowledged alert, as on a first morning. */
  async function firstMorning(page: Page, username: string): Promise<void> {
    await signIn(page, site.url, username, 'not the password');
    await page.getByRole('heading', { name: 'There is a problem' }).waitFor();
    if (username === 'fresh') expect(await accessibilityFaults(page)).toEqual([]);
    await signIn(page, site.url, username, password);
    await page.getByRole('heading', { name: 'Change your password' }).waitFor();
    await page.getByRole('textbox', { name: 'Password you have now' }).fill(password);
    await page.getByRole('textbox', { name: 'New password' }).fill(newPassword);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    const computer = await fillComputer(site.context, `FOC-${username}`);
    const title = `Floppy disk connected for ${username}`;
    await fillAlert(site.context, computer, { title });
    await page.goto(`${site.url}/alerts`);
    await page.getByRole('link', { name: title }).click();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('You have acknowledged this alert.').waitFor();
    await page.getByRole('button', { name: 'Close alert' }).click();
    await page.getByRole('link', { name: 'Say what the alert turned out to be' }).waitFor();
    await page.getByLabel('A false alarm').check();
    await page.getByLabel('How do you know?').fill('It was the training set.');
    await page.getByRole('button', { name: 'Close alert' }).click();
    await page.getByText('You have closed this alert.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  }

  it('takes somebody from the first sign-in to a closed alert', async () => {
    const { page, faults } = await openPage(browser);
    await firstMorning(page, 'fresh');
    expect(faults.filter((fault) => !refusedForm.test(fault))).toEqual([]);
    await page.context().close();
  });

  it('does the same without JavaScript', async () => {
    const { page } = await openPage(browser, { javaScriptEnabled: false });
    await firstMorning(page, 'plain');
    await page.context().close();
  });

  it('can be filtered and sorted without JavaScript', async () => {
    const { page } = await openPage(browser, { ...signedIn, javaScriptEnabled: false });
    await page.goto(`${site.url}/alerts`);
    await page.getByText('Filter alerts').click();
    await page.getByLabel('Critical').check();
    await page.getByRole('button', { name: 'Apply filters' }).click();
    await page.getByRole('link', { name: 'Remove filter Severity: Critical' }).waitFor();
    expect(await page.locator('tr[data-alert]').count()).toBe(1);
    await page.getByRole('link', { name: 'Remove filter Severity: Critical' }).click();
    await page.getByRole('link', { name: 'Computer', exact: true }).click();
    await page.waitForURL('**sort=hostname**');
    expect(await page.locator('th[aria-sort=ascending]').innerText()).toContain('Computer');
    expect(await page.locator('#live').isVisible()).toBe(false);
    await page.context().close();
  });

  it('shows an alert that arrives, without a reload, and says so', async () => {
    const { page, faults } = await openPage(browser, signedIn);
    await page.goto(`${site.url}/alerts`);
    await page.getByText('New alerts appear here by themselves.').waitFor();
    await page.evaluate('window.notReloaded = true');
    await arrive('Arrived while somebody was looking');
    await page.getByRole('link', { name: 'Arrived while somebody was looking' }).waitFor();
    expect(await page.getByRole('status').innerText()).toBe('1 new alert in the list.');
    expect(await page.locator('tr.app-row-new').count()).toBe(1);
    expect(await page.evaluate('window.notReloaded')).toBe(true);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it.each([
    ['an alert', 'tr[data-alert] a'],
    ['a figure', '#figures a'],
  ])('moves nothing under the hands of somebody who reads %s, and offers the news', async (what, place) => {
    const { page } = await openPage(browser, signedIn);
    await page.goto(`${site.url}/alerts`);
    await page.getByText('New alerts appear here by themselves.').waitFor();
    const first = page.locator(place).first();
    await first.focus();
    const text = await focused(page);
    const before = await page.locator('tr[data-alert]').count();
    await arrive(`Arrived while somebody was reading ${what}`);
    await page.getByText('1 new alert –').waitFor();
    expect(await page.locator('tr[data-alert]').count()).toBe(before);
    expect(await focused(page)).toBe(text);
    await page.getByRole('button', { name: 'Show it' }).click();
    await page.getByRole('link', { name: `Arrived while somebody was reading ${what}` }).waitFor();
    await page.context().close();
  });

  it('can be paused', async () => {
    const { page } = await openPage(browser, signedIn);
    await page.goto(`${site.url}/alerts`);
    await page.getByRole('button', { name: 'Pause live updates' }).click();
    await arrive('Arrived during a pause');
    await page.getByText('1 new alert –').waitFor();
    expect(await page.getByRole('link', { name: 'Arrived during a pause' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Pause live updates' }).click();
    await page.getByRole('link', { name: 'Arrived during a pause' }).waitFor();
    await page.context().close();
  });

  it('tells an open list that the session is over', async () => {
    const account = await addAccount(site.context, { username: 'brief' });
    const { page } = await openPage(browser);
    await signIn(page, site.url, 'brief', password);
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    await page.goto(`${site.url}/alerts`);
    await page.getByText('New alerts appear here by themselves.').waitFor();
    await endSessionsOf(site.context.store, account);
    await page.getByRole('link', { name: 'Sign in again' }).waitFor();
    await page.context().close();
  });

  it('keeps to WCAG 2.2 AA before the sign-in too', async () => {
    const { page, faults } = await openPage(browser, { viewport: { width: 320, height: 600 } });
    await page.goto(`${site.url}/sign-in`);
    expect([await accessibilityFaults(page), await overflow(page), faults]).toEqual([[], 0, []]);
    await page.getByRole('button', { name: 'Show password' }).click();
    expect(await page.getByRole('textbox', { name: 'Password' }).getAttribute('type')).toBe('text');
    await page.context().close();
  });

  it.each([1200, 320])(
    'keeps to WCAG 2.2 AA, its own sources and its width at %i pixels',
    async (width) => {
      const { page, faults } = await openPage(browser, { ...signedIn, viewport: { width, height: 900 } });
      const found: Record<string, unknown> = {};
      const look = async (name: string) => {
        const wrong = await accessibilityFaults(page);
        const wider = await overflow(page);
        if (wrong.length > 0 || wider > 0) found[name] = { wrong, wider };
      };
      for (const [name, address] of Object.entries(pages)) {
        await page.goto(site.url + address);
        await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
        await look(name);
      }
      expect(found).toEqual({});
      expect(faults.filter((fault) => !/status of 404/.test(fault))).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  it('stays as wide as the window when texts are as long as they may be', async () => {
    const computer = await fillComputer(site.context, 'W'.repeat(255));
    const alert = await fillAlert(site.context, computer, { title: 'M'.repeat(255) });
    for (const width of [1200, 320]) {
      const { page } = await openPage(browser, { ...signedIn, viewport: { width, height: 900 } });
      for (const address of ['/', `/alerts/${alert}`, '/computers', `/computers/${computer.id}`]) {
        await page.goto(site.url + address);
        expect([width, address, await overflow(page)]).toEqual([width, address, 0]);
      }
      await page.context().close();
    }
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await openPage(browser, signedIn);
    await page.goto(`${site.url}/alerts`);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to main content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toMatch(/^\d+ Critical/);
    // The other figures, and the three lists that everybody has.
    for (let tab = 0; tab < 8; tab += 1) await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Filter alerts');
    await page.keyboard.press('Enter');
    expect(await page.getByLabel('Critical').isVisible()).toBe(true);
    await page.context().close();
  });

  const focused = async (page: Page) => `${await page.evaluate('document.activeElement.textContent')}`.trim();

  async function arrive(title: string): Promise<void> {
    const computer = await fillComputer(site.context, 'FOC-LT-099');
    const id = await fillAlert(site.context, computer, { title, at: Date.parse('2026-11-23T09:00:00Z') });
    site.context.changes.publish({ computerId: computer.id, events: [], alertIds: [id] });
  }
});
