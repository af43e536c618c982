import { describe, expect, it } from 'vitest';
import type { Role } from '../../collector/accounts/roles.ts';
import { linkToken } from '../../collector/notices/links.ts';
import { planAlerts } from '../../collector/notices/plan-alerts.ts';
import { silentSite } from '../../collector/notices/set-up.ts';
import { savePerson } from '../../collector/register/people.ts';
import { type FilledComputer, fillAlert, fillComputer } from '../collector/console/filling.ts';
import { addAccount, testSigner } from '../collector/console/site.ts';
import { hasChromium, testSite } from './browser.ts';
import { browserSuite, expectNoFaults, faultsOf, lookAt, patience, viewportOf } from './suite.ts';

const organisation = 'Example Care';

describe.skipIf(!hasChromium)('notices in a browser', () => {
  let computer: FilledComputer;
  const accounts = new Map<Role, string>();

  const suite = browserSuite(async () => {
    const site = await testSite({ secondFactorFor: [] });
    const { store, clock } = site.context;
    const empty = { email: '', team: '', accounts: [], supervises: [], deputises: [], starts: '', leaves: '' };
    const sam = await store.transaction().execute(async (tx) => {
      const worker = { ...empty, reference: '2', name: 'Jordan Worker', team: 'Reablement', accounts: ['jordan'] };
      await savePerson(tx, organisation, worker, clock.now());
      const supervisor = { ...empty, reference: '1', name: 'Sam Supervisor', supervises: ['Reablement'] };
      return savePerson(tx, organisation, supervisor, clock.now());
    });
    accounts.set('supervisor', await addAccount(site.context, { username: 'supervisor', role: 'supervisor' }));
    const own = { person_id: sam, organisation };
    await store.updateTable('accounts').set(own).where('username', '=', 'supervisor').execute();
    computer = await fillComputer(site.context, 'FOC-LT-014');
    return site;
  });

  async function notice(title: string): Promise<void> {
    await fillAlert(suite.site.context, computer, { title, person: 'jordan', device: { name: 'Stick …0001' } });
    const { store, clock } = suite.site.context;
    await planAlerts(store, silentSite(organisation), { webhooks: [], now: clock.now() });
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
        const viewport = viewportOf(width);
        const opened = await suite.open(accounts.get('supervisor'), { viewport, javaScriptEnabled });
        const { page } = opened;
        // axe is a script itself, so the same pages are judged in the rounds that have scripts.
        const isWell = async () => {
          if (javaScriptEnabled) expect(await faultsOf(page)).toEqual([]);
        };
        await page.goto(`${suite.site.url}/`);
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
        await page.goto(`${suite.site.url}/notices?stage=answered`);
        await page.getByRole('link', { name: title }).waitFor();
        await isWell();
        expectNoFaults(opened);
      },
      patience,
    );
  }

  it.each([1280, 320])(
    'have a link in the mail that opens a page for those without an account, at %i pixels',
    async (width) => {
      const { store, clock } = suite.site.context;
      await notice(`Stick of a link ${width}`);
      const recipients = store.selectFrom('notice_recipients').select('id').where('part', '=', 'supervisor');
      const { id } = await recipients.executeTakeFirstOrThrow();
      const token = linkToken(testSigner, { purpose: 'read', recipientId: id }, clock.now());
      const opened = await suite.open(undefined, { viewport: viewportOf(width) });
      const pages = { 'the link': `/notice-link?token=${token}` };
      expect(await lookAt(opened, suite.site.url, pages)).toEqual({});
      await opened.page.getByRole('button', { name: 'I have read this' }).waitFor();
    },
    patience,
  );
});
