import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueMedium } from '../../collector/register/media.ts';
import { importNetworkList } from '../../collector/register/network-list.ts';
import { issueReport } from '../../collector/reports/issued.ts';
import { makeFiles } from '../../collector/reports/reports.ts';
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

describe.skipIf(!hasChromium)('the registers in a browser', () => {
  let browser: Browser;
  let site: TestSite;
  let pages: Record<string, string>;
  let printed: string;
  let signedIn: BrowserContextOptions;

  beforeAll(async () => {
    browser = await launch();
    site = await testSite();
    const { store, clock } = site.context;
    const analyst = await addAccount(site.context);
    const { laptop, desk } = await inventedMonday(site.context, analyst);
    const doing = { by: 'Pat Analyst', now: clock.now() };
    const medium = { serial: 'EX0000000042', label: 'FOC-USB-42', holder: 'ICT store', approver: 'Harper' };
    const mediumId = await store.transaction().execute((tx) => issueMedium(tx, medium, doing));
    const network = 'name,mac,address\nPRINT-2F,00:00:5e:00:53:01,192.0.2.7\nFOC-LT-014,00:00:5e:00:53:02,192.0.2.8';
    await importNetworkList(store, network, 'Directory', { accountId: analyst, now: clock.now() });
    const device = await store.selectFrom('seen_devices').select('id').executeTakeFirstOrThrow();
    const title = await store.selectFrom('software_titles').select('id').executeTakeFirstOrThrow();
    const report = { name: 'encryption', organisation: 'Example Care', period: null, now: clock.now() };
    const asked = { now: clock.now(), accountId: analyst, by: 'console' };
    const made = await makeFiles(store, report);
    await issueReport(store, made, asked);
    printed = Buffer.from(made.files.find(({ format }) => format === 'html')?.bytes ?? []).toString('utf8');
    pages = {
      home: '/',
      computers: '/computers',
      'computers, narrowed': '/computers?search=foc&presence=connected&sort=alerts&direction=desc',
      'no computers that fit': '/computers?search=nothing-is-called-this',
      'a computer': `/computers/${laptop.id}`,
      'the software of a computer': `/computers/${desk.id}/software`,
      'the import of details': '/computers/import',
      'the network': '/network',
      'the import of the network': '/network/import',
      media: '/media',
      'a medium that was seen': `/media/${device.id}`,
      'a medium that was issued': `/media/${mediumId}`,
      'a label': `/media/${mediumId}/label`,
      'the loss of a medium': `/media/${mediumId}/lost`,
      'the issue of media': '/media/issue',
      software: '/software',
      'a title': `/software/${title.id}`,
      health: '/health',
      updates: '/updates',
      reports: '/reports',
    };
    const { page } = await openPage(browser);
    await signIn(page, site.url, 'pat', password);
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    signedIn = { storageState: await page.context().storageState() };
    await page.context().close();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  it.each([
    [1280, true],
    [1280, false],
    [320, true],
    [320, false],
  ])(
    'break no rule of WCAG and fit at %i pixels, script: %s',
    async (width, javaScriptEnabled) => {
      const { page, faults } = await openPage(browser, {
        ...signedIn,
        viewport: { width, height: 800 },
        javaScriptEnabled,
      });
      page.setDefaultTimeout(60_000);
      const found: string[] = [];
      for (const [name, path] of Object.entries(pages)) {
        const answer = await page.goto(site.url + path);
        if (answer?.status() !== 200) found.push(`${name}: status ${answer?.status()}`);
        // axe itself is a script, so that without any only the fit and the answers are looked at.
        if (javaScriptEnabled) {
          for (const fault of await accessibilityFaults(page)) found.push(`${name}: ${fault}`);
          const over = await overflow(page);
          if (over > 0) found.push(`${name}: ${over} pixels too wide`);
        }
      }
      expect(found).toEqual([]);
      expect(faults).toEqual([]);
      await page.context().close();
    },
    240_000,
  );

  it('make reports for print that break no rule of WCAG and fit a narrow window', async () => {
    const { page } = await openPage(browser, { viewport: { width: 320, height: 800 } });
    await page.setContent(printed);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.context().close();
  }, 60_000);

  it.each([true, false])(
    'hold what an analyst writes into them, script: %s',
    async (javaScriptEnabled) => {
      const { page } = await openPage(browser, { ...signedIn, javaScriptEnabled });
      page.setDefaultTimeout(60_000);
      await describeComputer(page);
      await importDetails(page);
      await issueAndLose(page, javaScriptEnabled ? 'EXSCRIPT0001' : 'EXPLAIN00001');
      await decideTitle(page);
      await decideName(page);
      await page.context().close();
    },
    180_000,
  );

  async function describeComputer(page: Page): Promise<void> {
    await page.goto(`${site.url}/computers?search=lt-014`);
    await page.getByRole('link', { name: 'FOC-LT-014', exact: true }).click();
    await page.getByLabel('Owner', { exact: true }).fill('Amara Ashgrove');
    await page.getByLabel('Location').fill('Harbour House');
    await page.getByRole('button', { name: 'Save details' }).click();
    await page.getByText('The details are saved.').waitFor();
    await page.getByText('Harbour House').first().waitFor();
  }

  async function importDetails(page: Page): Promise<void> {
    await page.goto(`${site.url}/computers/import`);
    await page.getByLabel('The list, as comma-separated values').fill('computer,iao\nFOC-LT-014,Imogen Tarrant');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    const apply = page.getByRole('button', { name: 'Make these changes' });
    if (await apply.isVisible()) {
      await apply.click();
      await page.getByText('1 computer changed.').waitFor();
    } else await page.getByText('0 computers would change, 1 stay as they are.').waitFor();
  }

  async function issueAndLose(page: Page, serial: string): Promise<void> {
    await page.goto(`${site.url}/media/issue`);
    await page.getByRole('button', { name: 'Issue' }).click();
    await page
      .getByRole('link', { name: 'Enter who gets it' })
      .or(page.getByRole('link', { name: 'Enter at least one serial number' }))
      .waitFor();
    await page.getByLabel('Serial numbers').fill(serial);
    await page.getByLabel('Holder').fill('Ben Birchwood');
    await page.getByLabel('Approved by').fill('Harper Lindqvist');
    await page.getByLabel('Label (optional)').fill(`LABEL-${serial}`);
    await page.getByRole('button', { name: 'Issue' }).click();
    await page.getByRole('link', { name: `LABEL-${serial}` }).click();
    await page.getByRole('link', { name: 'Report it as lost or stolen' }).click();
    await page.getByRole('button', { name: 'Report it as lost or stolen' }).click();
    await page.getByRole('link', { name: 'Say what happened' }).waitFor();
    await page.getByLabel('What happened?').fill('Left on a train.');
    await page.getByRole('button', { name: 'Report it as lost or stolen' }).click();
    await page.getByText('The incident is open, as a draft.').waitFor();
  }

  async function decideTitle(page: Page): Promise<void> {
    await page.goto(`${site.url}/software`);
    await page.locator('tbody').getByRole('link').first().click();
    await page.getByLabel('Disallowed').check();
    await page.getByLabel('Seats held').fill('many');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'The number of seats is a whole number' }).waitFor();
    await page.getByLabel('Seats held').fill('12');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('It is written down.').waitFor();
  }

  async function decideName(page: Page): Promise<void> {
    await page.goto(`${site.url}/network?status=no-agent`);
    await page.getByLabel('State of PRINT-2F').selectOption('approved');
    await page.getByLabel('Note on PRINT-2F').fill('A printer');
    await page.getByRole('button', { name: 'Save PRINT-2F' }).click();
    await page.getByText('A printer').first().waitFor();
    expect(new URL(page.url()).search).toBe('?status=no-agent');
  }
});
