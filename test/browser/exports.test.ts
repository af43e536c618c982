import { describe, expect, it } from 'vitest';
import { addDestination, noteFailure } from '../../collector/exports/destinations.ts';
import { decideDisclosure, noteCopy, prepareDisclosure } from '../../collector/exports/disclosures.ts';
import type { ExportSettings } from '../../collector/exports/settings.ts';
import { fillComputer, fillEvent } from '../collector/console/filling.ts';
import { addAccount } from '../collector/console/site.ts';
import { hasChromium, testSite } from './browser.ts';
import { browserSuite, lookAt, patience, viewportOf } from './suite.ts';

const settings: ExportSettings[] = [
  { name: 'siem', channel: 'syslog', format: 'ocsf', host: 'siem.example', port: 6514, tls: {}, from: 'beginning' },
  { name: 'archive', channel: 'file', format: 'cef', path: 'x' },
];

describe.skipIf(!hasChromium)('exports and disclosures in a browser', () => {
  let pages: Record<string, string>;
  let reader: string;

  const suite = browserSuite(async () => {
    const site = await testSite({}, { exports: { settings, running: undefined }, profile: 'focus' });
    const { store, clock } = site.context;
    const now = clock.now();
    const preparer = await addAccount(site.context, { username: 'ana', role: 'ict-administrator' });
    reader = await addAccount(site.context, { username: 'pat', role: 'head-of-business-and-governance' });
    const laptop = await fillComputer(site.context, 'FOC-LT-014');
    await fillEvent(site.context, laptop, 'agent.stopped', { because: 'SIGTERM' });
    for (const one of settings) await addDestination(store, one, now);
    const error = 'The certificate of the destination is signed by no authority that is believed.';
    await noteFailure(store, 'siem', { error, at: now, nextAttemptAt: now + 60_000 });
    const asked = {
      requester: 'Example Police, DC 999',
      reference: 'EP/2026/41',
      legalBasis: 'An order of the court',
      purpose: 'An inquiry into a lost device',
    };
    const scope = { people: [], computers: [laptop.id], from: now - 86_400_000, to: now + 1 };
    const by = { accountId: preparer, now };
    const waiting = await prepareDisclosure(store, { ...asked, ...scope }, by);
    const approved = await prepareDisclosure(store, { ...asked, ...scope }, by);
    const role = 'head-of-business-and-governance';
    const decision = { id: approved, approved: true, reason: 'The order was seen.' };
    await decideDisclosure(store, decision, {
      accountId: reader,
      role,
      approvers: { roles: [role], clause: undefined },
      now,
    });
    await noteCopy(store, {
      disclosure_id: approved,
      at: now,
      by: reader,
      sha256: 'ab'.repeat(32),
      bytes: 48_000,
      events: 12,
    });
    pages = {
      disclosures: '/disclosures',
      'a new disclosure': '/disclosures/new',
      'one to decide': `/disclosures/${waiting}`,
      'an approved one': `/disclosures/${approved}`,
    };
    return site;
  });

  async function look(width: number, addresses: Record<string, string>): Promise<void> {
    const opened = await suite.open(reader, { viewport: viewportOf(width) });
    expect(await lookAt(opened, suite.site.url, addresses)).toEqual({});
  }

  it.each([1280, 320])('break no rule of WCAG and fit at %i pixels', (width) => look(width, pages), patience);

  it.each([1280, 320])(
    'so does the page of exports at %i pixels',
    async (width) => {
      const { store } = suite.site.context;
      // Only the page is under test, not the second factor that administrators need.
      await store.updateTable('accounts').set({ role: 'auditor' }).where('id', '=', reader).execute();
      await look(width, { exports: '/exports' });
    },
    patience,
  );
});
