import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type Role, roles, roleWords } from '../../collector/accounts/roles.ts';
import { planAlerts } from '../../collector/notices/plan-alerts.ts';
import { silentSite } from '../../collector/notices/set-up.ts';
import { profileText, publishPolicy } from '../../collector/policies/policies.ts';
import { importPeople } from '../../collector/register/people-import.ts';
import { type FilledComputer, fillAlert, fillComputer } from '../collector/console/filling.ts';
import { testSigner } from '../collector/console/site.ts';
import { openConsole, type SomebodySignedIn } from '../collector/console/visitors.ts';
import { hasChromium, listen, throwAwayCertificate } from './browser.ts';
import { browserSuite, expectNoFaults, faultsOf, patience, viewportOf, ways } from './suite.ts';

const organisation = 'Example Care';
const staff = `reference,name,team,accounts,supervises
E1,Jordan Worker,Reablement,jordan,
E2,Sam Supervisor,,sam,Reablement
`;

/** The console of the CCG, whose policy leaves a kind of permission to nearly every role. */
async function ccgConsole() {
  const made = await openConsole({ profile: 'ccg' }, await throwAwayCertificate());
  const { store, clock } = made.context;
  const policy = { text: profileText('ccg', organisation), reason: 'test', publishedBy: 'test', now: clock.now() };
  await publishPolicy(store, testSigner, policy);
  const file = { organisation, text: staff, complete: false, today: '2026-11-23' };
  await importPeople(store, file, { accountId: null, now: clock.now() });
  const people = new Map<Role, SomebodySignedIn>();
  for (const role of roles) people.set(role, await made.visitor(role, { organisation }));
  const sam = await store.selectFrom('people').select('id').where('reference', '=', 'E2').executeTakeFirstOrThrow();
  await store.updateTable('accounts').set({ person_id: sam.id }).where('role', '=', 'supervisor').execute();
  return { ...made, url: await listen(made.app), people, computer: await fillComputer(made.context, 'WEC-LT-014') };
}

interface Journey {
  page: Page;
  /** Unlike in every other journey, to find one's own things by. */
  mark: string;
}

describe.skipIf(!hasChromium)('the main journey of each role in a browser', () => {
  const suite = browserSuite(ccgConsole);
  const as = (role: Role): SomebodySignedIn => {
    const person = suite.site.people.get(role);
    if (!person) throw new Error(`there is no ${role}`);
    return person;
  };
  const click = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const follow = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click();
  const sees = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

  function alert(title: string, computer: FilledComputer = suite.site.computer): Promise<string> {
    return fillAlert(suite.site.context, computer, { title, person: 'jordan', device: { name: 'Stick …0001' } });
  }

  /** Somebody asks, and this role finds the request on its first page and decides about it. */
  async function decides({ page, mark }: Journey, fields: Record<string, string>): Promise<void> {
    const days = { from: '2026-11-23', to: '2026-11-27', rights: ['read'], serial: `EX${mark.replaceAll('-', '')}` };
    const asked = {
      ...days,
      user: 'jordan',
      computer: 'WEC-LT-014',
      encrypted: 'yes',
      what: mark,
      reason: 'Asked for',
    };
    const { statusCode, body } = await as('ict-analyst').post('/approvals/new', { ...asked, records: '3', ...fields });
    expect([statusCode, /error-summary__list[\s\S]*?<\/ul>/.exec(body)?.[0]]).toEqual([303, undefined]);
    await follow(page, /waiting for a decision/);
    await follow(page, new RegExp(mark));
    await click(page, 'Grant');
    await sees(page, 'There is a problem');
    await page.getByLabel('Why', { exact: true }).fill('Agreed with the team.');
    await click(page, 'Grant');
    await sees(page, 'You have granted this request.');
  }

  const journeys: Record<Role, (journey: Journey) => Promise<void>> = {
    async 'ict-analyst'({ page, mark }) {
      await alert(`Stick ${mark}`);
      await follow(page, /Medium/);
      await follow(page, `Stick ${mark}`);
      await click(page, 'Acknowledge');
      await sees(page, 'You have acknowledged this alert.');
      await click(page, 'Close alert');
      await follow(page, 'Say what the alert turned out to be');
      await page.getByLabel('A breach, and it has been put right').check();
      await page.getByLabel('How do you know?').fill('The stick was handed in.');
      await click(page, 'Close alert');
      await sees(page, 'You have closed this alert.');
    },
    async 'ict-administrator'({ page, mark }) {
      await page.goto(`${suite.site.url}/enrolment`);
      await page.getByLabel('What it is for').fill(`Laptops ${mark}`);
      await page.getByLabel('Computers', { exact: true }).fill('1');
      await click(page, 'Make the code');
      await sees(page, /portcullis-agent enrol/);
      await page.goto(`${suite.site.url}/policy`);
      await page.getByLabel('What the new draft is to change').fill(`Draft ${mark}`);
      await click(page, 'Begin a draft');
      const editor = page.getByLabel('The policy, in YAML');
      await editor.fill(`# ${mark}\n${await editor.inputValue()}`);
      await click(page, 'Save and check');
      await sees(page, 'The policy, in YAML');
      expect(await editor.inputValue()).toContain(`# ${mark}`);
    },
    async supervisor({ page, mark }) {
      await alert(`Stick ${mark}`);
      const { store, clock } = suite.site.context;
      await planAlerts(store, silentSite(organisation), { webhooks: [], now: clock.now() });
      await page.reload();
      await follow(page, new RegExp(mark));
      await click(page, 'I have read this');
      await sees(page, 'It is noted that you have read this.');
      await page.getByLabel('A mistake, and it has been put right').check();
      await page.getByLabel('What did you find out?').fill('Handed in.');
      await click(page, 'Send the answer');
      await sees(page, 'Your answer is kept');
    },
    async 'head-of-business-and-governance'({ page }) {
      await page.goto(`${suite.site.url}/reports`);
      await page.locator('select[name=name]').first().selectOption('licence-register');
      await click(page, 'Make the report');
      await sees(page, /^by Pat head-of-business/);
    },
    'ig-lead': (journey) => decides(journey, { kind: 'software' }),
    iao: (journey) => decides(journey, { kind: 'bulk-transfer' }),
    siro: (journey) => decides(journey, { kind: 'encryption-exception' }),
    'caldicott-guardian': (journey) => decides(journey, { kind: 'local-data' }),
    async auditor({ page, mark }) {
      const id = await alert(`Stick ${mark}`);
      await as('ict-analyst').post(`/alerts/${id}`, { action: 'noted', note: mark });
      await page.goto(`${suite.site.url}/alerts/${id}`);
      await sees(page, mark);
      expect(await page.getByRole('button', { name: /Acknowledge|Close alert|Assign/ }).count()).toBe(0);
      await page.goto(`${suite.site.url}/audit`);
      await page.getByLabel('About (id or address)').fill(id);
      await click(page, 'Apply filters');
      await page.locator('tbody').getByText('Pat ict-analyst').first().waitFor();
    },
  };

  describe.each(roles.map((role) => [roleWords[role], role] as const))('%s', (_words, role) => {
    it.each(ways)(
      'works at $width pixels (script: $javaScriptEnabled)',
      async ({ width, javaScriptEnabled }) => {
        const opened = await suite.open(as(role).id, { viewport: viewportOf(width), javaScriptEnabled });
        await opened.page.goto(`${suite.site.url}/`);
        await journeys[role]({ page: opened.page, mark: `${role}-${width}-${javaScriptEnabled}` });
        // What measures and what judges are scripts themselves.
        if (javaScriptEnabled) expect(await faultsOf(opened.page)).toEqual([]);
        expectNoFaults(opened);
      },
      patience,
    );
  });
});
