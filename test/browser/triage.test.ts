import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../collector/accounts/roles.ts';
import { beginDraft, saveDraft } from '../../collector/policies/drafts.ts';
import { currentPolicy } from '../../collector/policies/policies.ts';
import { type FilledComputer, fillAlert, fillComputer } from '../collector/console/filling.ts';
import { inventedMonday } from '../collector/console/invented.ts';
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
const refusedForm = /status of (422|409)/;
const widths = [1280, 320] as const;
const patience = 120_000;

describe.skipIf(!hasChromium)('triage in a browser', () => {
  let browser: Browser;
  let site: TestSite;
  let computer: FilledComputer;
  let draft: string;
  let alert: string;
  const accounts = new Map<Role, string>();

  beforeAll(async () => {
    browser = await launch();
    site = await testSite({ secondFactorFor: [] });
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
  }, patience);
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await site.context.store.updateTable('alerts').set({ state: 'closed' }).execute();
    for (const title of ['First of three', 'Second of three', 'Third of three']) {
      await fillAlert(site.context, computer, {
        title,
        device: { key: 'k', name: 'Stick …0001' },
        person: 'jordan.example',
      });
    }
  });

  async function open(role: Role, options: BrowserContextOptions = {}) {
    const session = await signedInAs(site.context, accounts.get(role) ?? '');
    const opened = await openPage(browser, { ...session, ...options });
    opened.page.setDefaultTimeout(60_000);
    return opened;
  }

  const openAlerts = async () =>
    (await site.context.store.selectFrom('alerts').select('title').where('state', '!=', 'closed').execute()).length;

  /** Presses Tab until the focus is there, as somebody without a mouse does. */
  async function tabTo(page: Page, selector: string, key = 'Tab'): Promise<void> {
    for (let presses = 0; presses < 150; presses += 1) {
      if ((await page.locator(`:is(${selector}):focus`).count()) > 0) return;
      await page.keyboard.press(key);
    }
    throw new Error(`the focus never came to ${selector}`);
  }

  for (const width of widths) {
    for (const javaScriptEnabled of [true, false]) {
      it(
        `goes with the keyboard alone at ${width} pixels, ${javaScriptEnabled ? 'with' : 'without'} script`,
        async () => {
          const { page, faults } = await open('ict-analyst', { viewport: { width, height: 800 }, javaScriptEnabled });
          await page.goto(`${site.url}/alerts`);
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
          expect(faults.filter((fault) => !refusedForm.test(fault))).toEqual([]);
          await page.context().close();
        },
        patience,
      );
    }
  }

  it(
    'has keys for the list that work in it and nowhere else, and can be switched off',
    async () => {
      const { page } = await open('ict-analyst');
      await page.goto(`${site.url}/alerts`);
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
      await page.context().close();
    },
    patience,
  );

  it(
    'loses neither ticks nor focus when alerts arrive',
    async () => {
      const { page } = await open('ict-analyst');
      await page.goto(`${site.url}/alerts`);
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
      await page.context().close();
    },
    patience,
  );

  it(
    'checks and keeps a draft of the policy while it is typed',
    async () => {
      const { page, faults } = await open('ict-administrator');
      await page.goto(`${site.url}/policy/drafts/${draft}`);
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
      expect(faults.filter((fault) => !refusedForm.test(fault))).toEqual([]);
      await page.context().close();
    },
    patience,
  );

  it(
    'takes a request from an alert to the decision of the Head of Business and Governance',
    async () => {
      const asking = await open('ict-analyst', { javaScriptEnabled: false });
      await asking.page.goto(`${site.url}/alerts/${alert}`);
      await asking.page.getByRole('link', { name: 'Ask for a permission' }).click();
      await asking.page.getByLabel('Use of a medium').check();
      await asking.page.getByRole('button', { name: 'Continue' }).click();
      await asking.page.getByLabel('Why it is needed').fill('A conference');
      await asking.page.getByRole('button', { name: 'Send the request' }).click();
      await asking.page.getByText('Your request is in the queue.').waitFor();
      const deciding = await open('head-of-business-and-governance', { viewport: { width: 320, height: 800 } });
      await deciding.page.goto(`${site.url}/approvals`);
      await deciding.page
        .getByRole('link', { name: /medium 4C53/ })
        .first()
        .click();
      await deciding.page.getByLabel('Why').fill('Agreed');
      await deciding.page.getByRole('button', { name: 'Grant' }).click();
      await deciding.page.getByText('You have granted this request.').waitFor();
      for (const { page } of [asking, deciding]) await page.context().close();
    },
    patience,
  );

  it.each(widths)(
    'keeps to WCAG 2.2 AA, its own sources and its width at %i pixels',
    async (width) => {
      const addresses: Record<string, [Role, string]> = {
        'the list': ['ict-analyst', '/alerts'],
        'a line for each': ['ict-analyst', '/alerts?rows=each&severity=medium&assigned=nobody'],
        'many alerts to close': ['ict-analyst', '/alerts/bulk?action=close-all'],
        'many alerts to assign': ['ict-analyst', '/alerts/bulk?action=assign-all'],
        'why one person': ['ict-analyst', '/alerts?person=jordan.example'],
        'an alert': ['ict-analyst', `/alerts/${alert}`],
        'a code': ['ict-analyst', `/alerts/${await anyOpen()}/allow-once`],
        'the requests': ['head-of-business-and-governance', '/approvals'],
        'which request': ['ict-analyst', '/approvals/new'],
        'a transfer asked for': ['ict-analyst', '/approvals/new?kind=bulk-transfer'],
        'a medium asked for': ['ict-analyst', `/approvals/new?kind=media-issue&alert=${alert}`],
        'a request': ['head-of-business-and-governance', await anyRequest()],
        'the policy': ['ict-administrator', '/policy'],
        'a version': ['ict-administrator', '/policy/versions/1'],
        'a draft': ['ict-administrator', `/policy/drafts/${draft}`],
        'a draft to read': ['head-of-business-and-governance', `/policy/drafts/${draft}`],
        'a replay': ['ict-administrator', `/policy/drafts/${draft}/replay`],
      };
      const found: Record<string, unknown> = {};
      for (const [name, [role, address]] of Object.entries(addresses)) {
        const { page, faults } = await open(role, { viewport: { width, height: 900 } });
        await page.goto(site.url + address);
        await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
        const wrong = await accessibilityFaults(page);
        const wider = await overflow(page);
        if (wrong.length > 0 || wider > 0 || faults.length > 0) found[name] = { wrong, wider, faults };
        await page.context().close();
      }
      expect(found).toEqual({});
    },
    2 * patience,
  );

  async function anyOpen(): Promise<string> {
    const found = site.context.store.selectFrom('alerts').select('id').where('state', '!=', 'closed');
    return (await found.where('device', 'is not', null).limit(1).executeTakeFirstOrThrow()).id;
  }

  async function anyRequest(): Promise<string> {
    const { id } = await site.context.store
      .selectFrom('approval_requests')
      .select('id')
      .limit(1)
      .executeTakeFirstOrThrow();
    return `/approvals/${id}`;
  }

  async function arrive(title: string): Promise<void> {
    const id = await fillAlert(site.context, computer, { title, at: site.context.clock.now() + 1000 });
    site.context.changes.publish({ computerId: computer.id, events: [], alertIds: [id] });
  }
});
