import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../collector/accounts/roles.ts';
import { accountOf, drafted, violation } from '../collector/incidents/violation.ts';
import { hasPdfTools, noPdfTools } from '../fakes/pdf-tools.ts';
import { type RealCollector, realCollector } from '../fakes/real-collector.ts';
import { tempFolder } from '../fakes/temp-folder.ts';
import { accessibilityFaults, hasChromium, launch, openPage, overflow, signedInAs } from './browser.ts';

// A form sent back with faults has status 422, which browsers write to their console. It is no fault of the page.
const refusedForm = /status of (422|409)/;
const patience = 180_000;
const program = fileURLToPath(new URL('../../collector/portcullis-collector.cjs', import.meta.url));

describe.skipIf(!hasChromium)('an incident in a browser', () => {
  const files = tempFolder();
  const accounts = new Map<Role, string>();
  let browser: Browser;
  let collector: RealCollector;
  let url: string;
  let incident: { id: string; number: string; computer_id: string | null };

  beforeAll(async () => {
    browser = await launch();
    collector = await realCollector();
    url = collector.url.replace('127.0.0.1', 'localhost');
    for (const role of ['ict-analyst', 'head-of-business-and-governance', 'caldicott-guardian', 'auditor'] as const) {
      accounts.set(role, await accountOf(collector, role));
    }
    await violation(collector);
    const [draft] = await drafted(collector);
    if (!draft) throw new Error('no draft was opened');
    incident = draft;
  }, patience);
  afterAll(async () => {
    await browser?.close();
    await collector?.[Symbol.asyncDispose]();
    files[Symbol.dispose]();
  });

  async function open(role: Role, options: BrowserContextOptions = {}) {
    const session = await signedInAs(collector.context, accounts.get(role) ?? '');
    const opened = await openPage(browser, { ...session, ...options });
    opened.page.setDefaultTimeout(60_000);
    return opened;
  }

  const address = (rest = '') => `${url}/incidents/${incident.id}${rest}`;

  /** Opens the form of a part, fills it as told, and keeps it. */
  async function write(page: Page, part: string, fill: () => Promise<void>): Promise<void> {
    await page.goto(address(`/sections/${part}`));
    await fill();
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.getByText('What you wrote is kept.').waitFor();
  }

  async function decide(page: Page, body: string): Promise<void> {
    await page.goto(address());
    await page.getByLabel('About whom?').selectOption(body);
    await page.getByRole('group', { name: 'Are they told?' }).getByLabel('No').check();
    await page.getByLabel('Why, or why not?').fill('The stick never left the building.');
    await page.getByRole('button', { name: 'Write the decision down' }).click();
    await page.getByText('The decision is written down.').waitFor();
  }

  it(
    'goes from the alert to the approved report, without script and at 320 pixels',
    async () => {
      const { page, faults } = await open('ict-analyst', {
        viewport: { width: 320, height: 800 },
        javaScriptEnabled: false,
      });
      const ict = { page };
      await page.goto(`${url}/alerts?severity=high`);
      await page.locator('a.app-alert').first().click();
      await page.getByRole('link', { name: incident.number }).click();
      await page.getByRole('button', { name: 'Confirm as an incident' }).click();
      await page.getByRole('link', { name: 'Assess the initial risk' }).waitFor();

      await write(page, 'what', async () => {
        await page.getByLabel('What happened').fill('Case files were copied to a stick.\nIt was taken away at once.');
        await page.getByLabel('Confidentiality').check();
        await page.getByLabel('Identifiable data on a medium').check();
      });
      await write(page, 'times', async () => {
        await page.getByLabel('The organisation became aware').fill(londonNow());
      });
      await write(page, 'risk', async () => {
        await page.getByRole('group', { name: 'How likely' }).getByLabel('3: Possible').check();
        await page.getByRole('group', { name: 'How severe' }).getByLabel('2: Minor').check();
      });
      await page.getByRole('button', { name: 'Confirm as an incident' }).click();
      await page.getByText('The incident is confirmed.').waitFor();
      await page.getByText('Moderate (6 of 25)').waitFor();
      await page.getByLabel('Investigator').selectOption({ label: 'Pat ict-analyst' });
      await page.getByRole('button', { name: 'Give the investigation' }).click();
      await page.getByText('The investigation is given.').waitFor();

      await write(page, 'people', () =>
        page.getByRole('group', { name: 'People, at most' }).getByLabel('10 to 49').check(),
      );
      await write(page, 'investigation', async () => {
        await page.getByLabel('What was done, in steps').fill('Heard the member of staff. Read the events.');
        await page.getByLabel('What was found').fill('No copy was made of the stick.');
      });
      await write(page, 'cause', async () => {
        await page.getByLabel('Why did it happen?').fill('The server could not be reached from the meeting.');
        await page.getByLabel('Process').check();
      });
      await write(page, 'recovery', () => page.getByLabel('How it was contained').fill('ICT holds the stick.'));
      await write(page, 'damage', async () => {
        await page.getByLabel('Harm that came of it').fill('None.');
        await page.getByLabel('Low').check();
      });
      await page.getByLabel('What is to be done?').fill('A shared folder for meetings');
      await page.getByLabel('Whose is it?').fill('ICT supplier');
      await page.getByLabel('By when?').fill('2027-01-29');
      await page.getByRole('button', { name: 'Recommend' }).click();
      await page.getByText('The recommendation is made.').waitFor();
      await page.getByRole('button', { name: 'Send for approval' }).click();
      await page.getByRole('link', { name: 'Write down whether the ICO is told' }).waitFor();

      const head = await open('head-of-business-and-governance', { javaScriptEnabled: false });
      await decide(head.page, 'ico');
      await page.goto(address());
      await page.getByRole('button', { name: 'Send for approval' }).click();
      await page.getByText('The report is with those who approve it.').waitFor();
      await page.goto(address('/approval'));
      expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);

      await head.page.goto(`${url}/`);
      await head.page.getByRole('link', { name: '1 waiting for approval' }).click();
      await head.page.getByRole('link', { name: incident.number }).click();
      for (const approver of [head, await open('caldicott-guardian', { javaScriptEnabled: false })]) {
        await approver.page.goto(address());
        await approver.page.getByRole('button', { name: 'Read and decide' }).click();
        await approver.page.getByRole('button', { name: 'Approve' }).click();
        await approver.page.getByRole('link', { name: 'Write down why.' }).waitFor();
        await approver.page.getByLabel('Why', { exact: true }).fill('The cause is found and the action fits.');
        await approver.page.getByRole('button', { name: 'Approve' }).click();
        await approver.page.getByText('Your approval is written down.').waitFor();
      }
      await head.page.goto(address());
      await head.page.getByText('Approved, actions followed').waitFor();
      expect(faults.filter((fault) => !refusedForm.test(fault))).toEqual([]);
      for (const one of [ict, head]) await one.page.context().close();
    },
    patience,
  );

  async function download(role: Role, name: string): Promise<string> {
    const { page } = await open(role);
    await page.goto(address());
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
    const file = join(files.path, download.suggestedFilename());
    await download.saveAs(file);
    await page.context().close();
    return file;
  }

  it.skipIf(!hasPdfTools)(
    `has a report as a PDF that is read back: text, tags and headings${noPdfTools}`,
    async () => {
      const file = await download('auditor', 'Report (PDF)');
      expect(file).toContain(`${incident.number}.pdf`);
      const read = (tool: string, ...options: string[]) => execFileSync(tool, options, { encoding: 'utf8' });
      expect(read('pdfinfo', file)).toMatch(/Tagged:\s+yes/);
      const text = read('pdftotext', '-layout', file, '-');
      for (const said of [
        'Case files were copied to a stick.',
        'The server could not be reached',
        'Moderate (6 of 25)',
      ])
        expect(text).toContain(said);
      const structure = read('pdfinfo', '-struct-text', file);
      const headings = [...structure.matchAll(/^ *H([123])\b.*\n\s*"(.*)"/gm)].map(
        ([, level, title]) => `${level} ${title}`,
      );
      expect(headings).toEqual([
        expect.stringContaining(`1 ${incident.number}: `),
        ...['2 Identity', '2 What happened', '2 Times', '2 Assets affected or compromised'],
        expect.stringMatching(/^3 As it was known on /),
        ...[
          '2 People and data',
          '2 Initial risk assessment',
          '2 Investigation conducted',
          '2 Evidence',
          '2 Root cause',
        ],
        ...['3 What was like it before', '2 Recovery and contingency', '2 Damage and risk classification'],
        ...['2 Recommendations', '2 Decisions about who is told', '2 Approval', '2 Timeline'],
      ]);
      expect(structure).toMatch(/Table[\s\S]*TH[\s\S]*TD/);
    },
    patience,
  );

  it(
    'has an evidence bundle that a command verifies offline, and refuses after one byte was changed',
    async () => {
      const file = await download('auditor', 'Evidence bundle (ZIP)');
      const verify = (...options: string[]) => {
        const environment = { ...process.env, PORTCULLIS_HOME: join(files.path, 'none') };
        return spawnSync(process.execPath, [program, 'incident', 'verify', file, ...options], {
          env: environment,
          encoding: 'utf8',
        });
      };
      const whole = verify('--json');
      expect({ status: whole.status, said: whole.stderr }).toEqual({ status: 0, said: '' });
      expect(JSON.parse(whole.stdout)).toMatchObject({ holds: true, number: incident.number, events: 1, proven: 1 });
      const bytes = readFileSync(file);
      const place = bytes.indexOf('The server could not be reached');
      bytes.write('A', place, 'latin1');
      writeFileSync(file, bytes);
      const changed = verify();
      expect(changed.status).toBe(1);
      expect(changed.stdout).toMatch(/THE BUNDLE DOES NOT HOLD\.\n.*\.json was changed\./);
    },
    patience,
  );

  it(
    'takes a lost computer and a report of anybody',
    async () => {
      const { page, faults } = await open('ict-analyst', { viewport: { width: 320, height: 800 } });
      await page.goto(`${url}/computers/${incident.computer_id}`);
      await page.getByRole('link', { name: 'Lost or stolen?' }).click();
      await page.getByText('Encryption of its drives').waitFor();
      await page.getByRole('button', { name: 'Report it as lost or stolen' }).click();
      await page.getByRole('link', { name: 'Say what happened' }).waitFor();
      await page.getByLabel('What happened?').fill('Left on a train. The police know.');
      await page.getByRole('button', { name: 'Report it as lost or stolen' }).click();
      await page.getByText('The incident is open, as a draft.').waitFor();
      await page.getByText(/7[12] hours.*left of 72 hours/).waitFor();
      await page.goto(`${url}/`);
      await page.getByRole('link', { name: 'Report something that went wrong' }).click();
      await page.getByLabel('What happened?').fill('I found a stick at the door.');
      await page.getByRole('button', { name: 'Report it' }).click();
      await page.getByRole('heading', { name: 'Your report is in' }).waitFor();
      expect(faults.filter((fault) => !refusedForm.test(fault))).toEqual([]);
      await page.context().close();
    },
    patience,
  );

  it.each([1280, 320])(
    'keeps to WCAG 2.2 AA, its own sources and its width at %i pixels',
    async (width) => {
      const alert = await collector.context.store
        .selectFrom('alerts')
        .select('id')
        .where('severity', '=', 'low')
        .limit(1)
        .executeTakeFirst();
      const pages: [Role, string][] = [
        ['ict-analyst', '/incidents'],
        ['ict-analyst', '/incidents?flag=overdue'],
        ['ict-analyst', `/incidents/new${alert ? `?alert=${alert.id}` : ''}`],
        ['ict-analyst', '/incidents/new'],
        ['auditor', '/incidents/report'],
        ['ict-analyst', `/incidents/${incident.id}`],
        ['head-of-business-and-governance', `/incidents/${incident.id}`],
        ...['what', 'times', 'people', 'risk', 'form'].map((part): [Role, string] => [
          'ict-analyst',
          `/incidents/${incident.id}/sections/${part}`,
        ]),
        ['head-of-business-and-governance', `/incidents/${incident.id}/approval`],
        ['auditor', `/incidents/${incident.id}/print`],
        ['auditor', `/incidents/${incident.id}/form`],
        ['ict-analyst', `/computers/${incident.computer_id}/lost`],
        ['head-of-business-and-governance', '/'],
      ];
      for (const [role, path] of pages) {
        const { page, faults } = await open(role, { viewport: { width, height: 900 } });
        await page.goto(url + path);
        if (process.env.SCREENS)
          await page.screenshot({
            path: `${process.env.SCREENS}/${width}${path.replaceAll(/\W+/g, '-')}.png`,
            fullPage: true,
          });
        expect([path, await accessibilityFaults(page)]).toEqual([path, []]);
        expect([path, await overflow(page)]).toEqual([path, 0]);
        expect([path, faults]).toEqual([path, []]);
        await page.context().close();
      }
    },
    patience,
  );
});

/** The clock in London, as a browser's field takes it. */
function londonNow(): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London', dateStyle: 'short', timeStyle: 'short' });
  return parts.format(Date.now() - 60_000).replace(' ', 'T');
}
