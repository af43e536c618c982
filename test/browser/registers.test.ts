import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { issueMedium } from '../../collector/register/media.ts';
import { importNetworkList } from '../../collector/register/network-list.ts';
import { issueReport } from '../../collector/reports/issued.ts';
import { makeFiles } from '../../collector/reports/reports.ts';
import { inventedMonday } from '../collector/console/invented.ts';
import { addAccount } from '../collector/console/site.ts';
import { hasChromium, testSite } from './browser.ts';
import { browserSuite, faultsOf, lookAt, patience, viewportOf } from './suite.ts';

describe.skipIf(!hasChromium)('the registers in a browser', () => {
  let pages: Record<string, string>;
  let printed: string;
  let analyst: string;

  const suite = browserSuite(async () => {
    const site = await testSite();
    const { store, clock } = site.context;
    analyst = await addAccount(site.context);
    const { desk } = await inventedMonday(site.context, analyst);
    const doing = { by: 'Pat Analyst', now: clock.now() };
    const medium = { serial: 'EX0000000042', label: 'FOC-USB-42', holder: 'ICT store', approver: 'Harper' };
    const mediumId = await store.transaction().execute((tx) => issueMedium(tx, medium, doing));
    const network = 'name,mac,address\nPRINT-2F,00:00:5e:00:53:01,192.0.2.7\nFOC-LT-014,00:00:5e:00:53:02,192.0.2.8';
    await importNetworkList(store, network, 'Directory', { accountId: analyst, now: clock.now() });
    const device = await store.selectFrom('seen_devices').select('id').executeTakeFirstOrThrow();
    const report = { name: 'encryption', organisation: 'Example Care', period: null, now: clock.now() };
    const asked = { now: clock.now(), accountId: analyst, by: 'console' };
    const made = await makeFiles(store, report);
    await issueReport(store, made, asked);
    printed = Buffer.from(made.files.find(({ format }) => format === 'html')?.bytes ?? []).toString('utf8');
    // Other states of these pages than pages.test.ts looks at.
    pages = {
      'computers, narrowed': '/computers?search=foc&presence=connected&sort=alerts&direction=desc',
      'no computers that fit': '/computers?search=nothing-is-called-this',
      'the software of a computer': `/computers/${desk.id}/software`,
      'a medium that was seen': `/media/${device.id}`,
      'a medium that was issued': `/media/${mediumId}`,
    };
    return site;
  });

  it.each([1280, 320])(
    'break no rule of WCAG and fit at %i pixels',
    async (width) => {
      const opened = await suite.open(analyst, { viewport: viewportOf(width) });
      expect(await lookAt(opened, suite.site.url, pages)).toEqual({});
    },
    patience,
  );

  it(
    'make reports for print that break no rule of WCAG and fit a narrow window',
    async () => {
      const { page } = await suite.open(undefined, { viewport: viewportOf(320) });
      await page.setContent(printed);
      expect(await faultsOf(page)).toEqual([]);
    },
    patience,
  );

  it.each([true, false])(
    'hold what an analyst writes into them, script: %s',
    async (javaScriptEnabled) => {
      const { page } = await suite.open(analyst, { javaScriptEnabled });
      await describeComputer(page);
      await importDetails(page);
      await issueAndLose(page, javaScriptEnabled ? 'EXSCRIPT0001' : 'EXPLAIN00001');
      await decideTitle(page);
      await decideName(page);
    },
    patience,
  );

  async function describeComputer(page: Page): Promise<void> {
    await page.goto(`${suite.site.url}/computers?search=lt-014`);
    await page.getByRole('link', { name: 'FOC-LT-014', exact: true }).click();
    await page.getByLabel('Owner', { exact: true }).fill('Amara Ashgrove');
    await page.getByLabel('Location').fill('Harbour House');
    await page.getByRole('button', { name: 'Save details' }).click();
    await page.getByText('The details are saved.').waitFor();
    await page.getByText('Harbour House').first().waitFor();
  }

  async function importDetails(page: Page): Promise<void> {
    await page.goto(`${suite.site.url}/computers/import`);
    await page.getByLabel('The list, as comma-separated values').fill('computer,iao\nFOC-LT-014,Imogen Tarrant');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    const apply = page.getByRole('button', { name: 'Make these changes' });
    if (await apply.isVisible()) {
      await apply.click();
      await page.getByText('1 computer changed.').waitFor();
    } else await page.getByText('0 computers would change, 1 stay as they are.').waitFor();
  }

  async function issueAndLose(page: Page, serial: string): Promise<void> {
    await page.goto(`${suite.site.url}/media/issue`);
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
    await page.goto(`${suite.site.url}/software`);
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
    await page.goto(`${suite.site.url}/network?status=no-agent`);
    await page.getByLabel('State of PRINT-2F').selectOption('approved');
    await page.getByLabel('Note on PRINT-2F').fill('A printer');
    await page.getByRole('button', { name: 'Save PRINT-2F' }).click();
    await page.getByText('A printer').first().waitFor();
    expect(new URL(page.url()).search).toBe('?status=no-agent');
  }
});
