import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../collector/accounts/roles.ts';
import { setAlertState } from '../../collector/alerting/alerts.ts';
import { beginDraft, saveDraft } from '../../collector/policies/drafts.ts';
import { currentPolicy } from '../../collector/policies/policies.ts';
import { type FilledComputer, fillAlert, fillComputer } from '../collector/console/filling.ts';
import { inventedMonday } from '../collector/console/invented.ts';
import { addAccount } from '../collector/console/site.ts';
import { hasChromium, overflow, testSite } from './browser.ts';
import { browserSuite, expectNoFaults, lookAt, patience, viewportOf, ways } from './suite.ts';

describe.skipIf(!hasChromium)('triage in a browser', () => {
  let computer: FilledComputer;
  let draft: string;
  let alert: string;
  const accounts = new Map<Role, string>();

  const suite = browserSuite(async () => {
    const site = await testSite({ secondFactorFor: [] });
    for (const role of ['ict-analyst', 'ict-administrator', 'head-of-business-and-governance'] as const) {
      accounts.set(role, await addAccount(site.context, { username: role, role }));
    }
    const { media } = await inventedMonday(site.context, accounts.get('ict-analyst') ?? '');
    alert = media;
    computer = await fillComputer(site.context, 'FOC-LT-300');
    const { store, clock } = site.context;
    const text = (await currentPolicy(store))?.signed.text ?? '';
    const editing = { accountId: accounts.get('ict-administrator') ?? '', now: clock.now() };
    draft = await beginDraft(store, { name: 'Cameras', text, baseVersion: 1 }, editing);
    await saveDraft(store, { id: draft, text: text.replace('fileNames: hash', 'fileNames: nmes'), seen: 1 }, editing);
    return site;
  });
  beforeEach(async () => {
    await suite.site.context.store.updateTable('alerts').set({ state: 'closed' }).execute();
    for (const title of ['First of three', 'Second of three', 'Third of three']) {
      await fillAlert(suite.site.context, computer, {
        title,
        device: { key: 'k', name: 'Stick …0001' },
        person: 'jordan.example',
      });
    }
  });

  const open = (role: Role, options: BrowserContextOptions = {}) => suite.open(accounts.get(role), options);

  const openAlerts = async () =>
    (await suite.site.context.store.selectFrom('alerts').select('title').where('state', '!=', 'closed').execute())
      .length;

  /** Presses Tab until the focus is there, as somebody without a mouse does. */
  async function tabTo(page: Page, selector: string, key = 'Tab'): Promise<void> {
    for (let presses = 0; presses < 150; presses += 1) {
      if ((await page.locator(`:is(${selector}):focus`).count()) > 0) return;
      await page.keyboard.press(key);
    }
    throw new Error(`the focus never came to ${selector}`);
  }

  it.each(ways)(
    'goes with the keyboard alone at $width pixels (script: $javaScriptEnabled)',
    async ({ width, javaScriptEnabled }) => {
      const opened = await open('ict-analyst', { viewport: viewportOf(width), javaScriptEnabled });
      const { page } = opened;
      await page.goto(`${suite.site.url}/alerts`);
      for (const row of [0, 1]) {
        await tabTo(page, `tr[data-alert]:nth-of-type(${row + 1}) input[name=alert]`);
        await page.keyboard.press('Space');
      }
      await tabTo(page, 'button[value=close]');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Close 2 alerts' }).waitFor();
      expect(await openAlerts()).toBe(3);
      await tabTo(page, 'input[name=outcome]');
      await page.keyboard.press('Space');
      await tabTo(page, 'textarea[name=note]');
      await page.keyboard.type('Agreed by telephone.');
      await tabTo(page, '#actions button');
      await page.keyboard.press('Enter');
      await page.getByText('You have closed 2 alerts.').waitFor();
      expect(await openAlerts()).toBe(1);
      await tabTo(page, 'a.app-alert');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Handle this alert' }).waitFor();
      await tabTo(page, '#actions button');
      await page.keyboard.press('Enter');
      await page.getByText('You have acknowledged this alert.').waitFor();
      expectNoFaults(opened);
    },
    patience,
  );

  it(
    'keeps the name of a computer on one line, and a very long one from making the page scroll sideways',
    async () => {
      const usual = 'FOC-LT-12-PC-7';
      const title = 'Documents with identifiers of people were found on this computer';
      const accountId = await addAccount(suite.site.context, { username: 'alexandra' });
      const displayName = 'Alexandra Featherstonehaugh';
      const { store, clock } = suite.site.context;
      await store.updateTable('accounts').set({ display_name: displayName }).where('id', '=', accountId).execute();
      const fill = async (name: string) => {
        const id = await fillAlert(suite.site.context, await fillComputer(suite.site.context, name), { title });
        const step = { alertId: id, accountId, note: null, assignee: accountId, at: clock.now() };
        await setAlertState(store, { ...step, action: 'assigned' });
      };
      // Without script nothing is put in the place of a line while it is measured.
      const { page } = await open('ict-analyst', { javaScriptEnabled: false });
      const linesAt = async (width: number) => {
        await page.setViewportSize(viewportOf(width));
        await page.goto(`${suite.site.url}/alerts`);
        return page.getByRole('link', { name: usual, exact: true }).evaluate((link) => {
          const text = link.ownerDocument.createRange();
          text.selectNodeContents(link);
          return text.getClientRects().length;
        });
      };
      const widths = [1920, 1280, 1024, 800, 320];
      await fill(usual);
      for (const width of widths) expect([width, await linesAt(width), await overflow(page)]).toEqual([width, 1, 0]);
      for (const name of ['PC-'.repeat(20), 'A'.repeat(63)]) await fill(name);
      for (const width of widths) expect([width, await linesAt(width), await overflow(page)]).toEqual([width, 1, 0]);
    },
    patience,
  );

  it(
    'has keys for the list that work in it and nowhere else, and can be switched off',
    async () => {
      const { page } = await open('ict-analyst');
      await page.goto(`${suite.site.url}/alerts`);
      await page.locator('#tick-all').waitFor();
      await page.keyboard.press('x');
      expect(await page.locator('input[name=alert]:checked').count()).toBe(0);
      await tabTo(page, 'a.app-alert');
      await page.keyboard.press('j');
      await page.keyboard.press('x');
      await page.getByText('1 line ticked').waitFor();
      expect(await page.locator('tr[data-alert]:nth-of-type(2) input[name=alert]').isChecked()).toBe(true);
      await page.getByText('Keys for the list').click();
      await page.getByRole('button', { name: 'Switch these keys off' }).click();
      await page.locator('a.app-alert').first().focus();
      await page.keyboard.press('x');
      expect(await page.locator('input[name=alert]:checked').count()).toBe(1);
      await page.getByRole('button', { name: 'Switch these keys on' }).click();
      await page.locator('a.app-alert').first().focus();
      await page.keyboard.press('c');
      await page.getByRole('heading', { name: 'Close 1 alert' }).waitFor();
    },
    patience,
  );

  it(
    'loses neither ticks nor focus when alerts arrive',
    async () => {
      const { page } = await open('ict-analyst');
      await page.goto(`${suite.site.url}/alerts`);
      await page.getByText('New alerts appear here by themselves.').waitFor();
      const box = page.locator('tr[data-alert]', { hasText: 'Second of three' }).locator('input[name=alert]');
      await box.check();
      await page.locator('h1').click();
      await arrive('While ticked');
      await page.getByText('1 new alert –').waitFor();
      expect(await page.getByRole('link', { name: 'While ticked' }).count()).toBe(0);
      await page.getByRole('button', { name: 'Show it' }).click();
      await page.getByRole('link', { name: 'While ticked' }).waitFor();
      expect(await box.isChecked()).toBe(true);
      expect(await page.locator('a.app-alert:focus').count()).toBe(1);
    },
    patience,
  );

  it(
    'checks and keeps a draft of the policy while it is typed',
    async () => {
      const opened = await open('ict-administrator');
      const { page } = opened;
      await page.goto(`${suite.site.url}/policy/drafts/${draft}`);
      const editor = page.getByLabel('The policy, in YAML');
      await page
        .getByRole('button', { name: /^Line \d+, column \d+$/ })
        .first()
        .click();
      expect(await page.locator('textarea:focus').count()).toBe(1);
      const text = await editor.inputValue();
      await editor.fill(text.replace('fileNames: nmes', 'fileNames: hash'));
      await page.getByText(/^Saved 23 November 2026/).waitFor();
      await page
        .getByText(/good to know/)
        .first()
        .waitFor();
      await page.reload();
      expect(await editor.inputValue()).toContain('fileNames: hash');
      await editor.fill(text);
      await page.getByText('1 error.').waitFor();
      await page.getByText(/^Saved 23 November 2026/).waitFor();
      expectNoFaults(opened);
    },
    patience,
  );

  it(
    'takes a request from an alert to the decision of the Head of Business and Governance',
    async () => {
      const asking = await open('ict-analyst', { javaScriptEnabled: false });
      await asking.page.goto(`${suite.site.url}/alerts/${alert}`);
      await asking.page.getByRole('link', { name: 'Ask for a permission' }).click();
      await asking.page.getByLabel('Use of a medium').check();
      await asking.page.getByRole('button', { name: 'Continue' }).click();
      await asking.page.getByLabel('Why it is needed').fill('A conference');
      await asking.page.getByRole('button', { name: 'Send the request' }).click();
      await asking.page.getByText('Your request is in the queue.').waitFor();
      const deciding = await open('head-of-business-and-governance', { viewport: { width: 320, height: 800 } });
      await deciding.page.goto(`${suite.site.url}/approvals`);
      await deciding.page
        .getByRole('link', { name: /medium 4C53/ })
        .first()
        .click();
      await deciding.page.getByLabel('Why').fill('Agreed');
      await deciding.page.getByRole('button', { name: 'Grant' }).click();
      await deciding.page.getByText('You have granted this request.').waitFor();
    },
    patience,
  );

  it.each([1280, 320])(
    'keeps to WCAG 2.2 AA, its own sources and its width in every state at %i pixels',
    async (width) => {
      const states = {
        'a line for each': '/alerts?rows=each&severity=medium&assigned=nobody',
        'many alerts to close': '/alerts/bulk?action=close-all',
        'many alerts to assign': '/alerts/bulk?action=assign-all',
        'why one person': '/alerts?person=jordan.example',
        'a code': `/alerts/${await anyOpen()}/allow-once`,
        'a transfer asked for': '/approvals/new?kind=bulk-transfer',
        'a medium asked for': `/approvals/new?kind=media-issue&alert=${alert}`,
      };
      const opened = await open('ict-analyst', { viewport: viewportOf(width) });
      expect(await lookAt(opened, suite.site.url, states)).toEqual({});
      const reading = await open('head-of-business-and-governance', { viewport: viewportOf(width) });
      const drafts = { 'a draft to read': `/policy/drafts/${draft}` };
      expect(await lookAt(reading, suite.site.url, drafts)).toEqual({});
    },
    patience,
  );

  async function anyOpen(): Promise<string> {
    const found = suite.site.context.store.selectFrom('alerts').select('id').where('state', '!=', 'closed');
    return (await found.where('device', 'is not', null).limit(1).executeTakeFirstOrThrow()).id;
  }

  async function arrive(title: string): Promise<void> {
    const id = await fillAlert(suite.site.context, computer, { title, at: suite.site.context.clock.now() + 1000 });
    suite.site.context.changes.publish({ computerId: computer.id, events: [], alertIds: [id] });
  }
});
