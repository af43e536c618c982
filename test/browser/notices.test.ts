import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../collector/accounts/roles.ts';
import { planAlerts } from '../../collector/notices/plan-alerts.ts';
import { silentSite } from '../../collector/notices/set-up.ts';
import { savePerson } from '../../collector/register/people.ts';
import { type FilledComputer, fillAlert, fillComputer } from '../collector/console/filling.ts';
import { addAccount } from '../collector/console/site.ts';
import {
  accessibilityFaults,
  hasChromium,
  launch,
  openPage,
  overflow,
  signedInAs,
  type TestSite,
  testSite,
} from './browser.ts';

// A form sent back with faults has status 422, which browsers write to their console. It is no fault of the page.
const refusedForm = /status of 422/;
const organisation = 'Example Care';
const patience = 120_000;

describe.skipIf(!hasChromium)('notices in a browser', () => {
  let browser: Browser;
  let site: TestSite;
  let computer: FilledComputer;
  const accounts = new Map<Role, string>();

  beforeAll(async () => {
    browser = await launch();
    site = await testSite({ secondFactorFor: [] });
    const { store, clock } = site.context;
    const empty = { email: '', team: '', accounts: [], supervises: [], deputises: [], starts: '', leaves: '' };
    const sam = await store.transaction().execute(async (tx) => {
      const worker = { ...empty, reference: '2', name: 'Jordan Worker', team: 'Reablement', accounts: ['jordan'] };
      await savePerson(tx, organisation, worker, clock.now());
      const supervisor = { ...empty, reference: '1', name: 'Sam Supervisor', supervises: ['Reablement'] };
      return savePerson(tx, organisation, supervisor, clock.now());
    });
    for (const role of ['supervisor', 'ict-administrator'] as const) {
      accounts.set(role, await addAccount(site.context, { username: role, role }));
    }
    const own = { person_id: sam, organisation };
    await store.updateTable('accounts').set(own).where('username', '=', 'supervisor').execute();
    computer = await fillComputer(site.context, 'FOC-LT-014');
  }, patience);
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  async function notice(title: string): Promise<void> {
    await fillAlert(site.context, computer, { title, person: 'jordan', device: { name: 'Stick …0001' } });
    const { store, clock } = site.context;
    await planAlerts(store, silentSite(organisation), { webhooks: [], now: clock.now() });
  }

  async function open(role: Role, options: { width: number; javaScriptEnabled: boolean }) {
    const { width, javaScriptEnabled } = options;
    const session = await signedInAs(site.context, accounts.get(role) ?? '');
    const opened = await openPage(browser, { ...session, viewport: { width, height: 800 }, javaScriptEnabled });
    opened.page.setDefaultTimeout(60_000);
    return opened;
  }

  for (const [width, javaScriptEnabled] of [
    [1280, true],
    [320, true],
    [320, false],
  ] as const) {
    it(
      `take a supervisor from the first page to the answer at ${width} pixels ${javaScriptEnabled ? 'with' : 'without'} script`,
      async () => {
        const title = `Unencrypted stick at ${width} ${javaScriptEnabled}`;
        await notice(title);
        const { page, faults } = await open('supervisor', { width, javaScriptEnabled });
        // axe is a script itself, so the same pages are judged in the rounds that have scripts.
        const isWell = async () => {
          if (javaScriptEnabled) expect(await accessibilityFaults(page)).toEqual([]);
          if (javaScriptEnabled) expect(await overflow(page)).toBeLessThanOrEqual(0);
        };
        await page.goto(`${site.url}/`);
        await isWell();
        await page.getByRole('link', { name: title }).click();
        await page.getByRole('heading', { level: 1, name: title }).waitFor();
        await isWell();
        await page.getByRole('button', { name: 'I have read this' }).click();
        await page.getByText('It is noted that you have read this.').waitFor();
        await page.getByRole('button', { name: 'Send the answer' }).click();
        await page.getByRole('link', { name: 'Choose what it turned out to be' }).waitFor();
        await isWell();
        await page.getByLabel('A mistake, and it has been put right').check();
        await page.getByLabel('What did you find out?').fill('Handed in.');
        await page.getByRole('button', { name: 'Send the answer' }).click();
        await page.getByText('Your answer is kept').waitFor();
        await isWell();
        await page.goto(`${site.url}/notices?stage=answered`);
        await page.getByRole('link', { name: title }).waitFor();
        await isWell();
        expect(faults.filter((fault) => !refusedForm.test(fault))).toEqual([]);
        await page.context().close();
      },
      patience,
    );
  }

  it.each([1280, 320])(
    'are looked after by ICT at %i pixels',
    async (width) => {
      const { page, faults } = await open('ict-administrator', { width, javaScriptEnabled: true });
      for (const path of [
        '/notices',
        '/notices/delivery',
        '/notices/templates',
        '/notices/templates/action',
        '/health',
      ]) {
        await page.goto(`${site.url}${path}`);
        expect([path, await accessibilityFaults(page), await overflow(page)]).toEqual([path, [], 0]);
      }
      expect(faults).toEqual([]);
      await page.context().close();
    },
    patience,
  );
});
