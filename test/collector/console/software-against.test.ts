import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { raiseAlerts } from '../../../collector/alerting/alerts.ts';
import { alertRules } from '../../../collector/alerting/rules.ts';
import { stillWords } from '../../../collector/console/software-against.ts';
import { currentPolicy, profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { titleId } from '../../../collector/register/software-seen.ts';
import { saveStanding } from '../../../collector/register/software-standing.ts';
import { type FilledComputer, fillComputer, fillEvent } from './filling.ts';
import { addAccount, signInAs, type TestStore, testConsole, testSigner, testStore } from './site.ts';

it.each([
  [1, 0, '1 computer still has it. It reports so as soon as it hears of the decision.'],
  [1, 1, '1 computer still has it. It reports so.'],
  [3, 0, '3 computers still have it. They report so as soon as they hear of the decision.'],
  [3, 1, '3 computers still have it. 1 of them reports so, the other 2 as soon as they hear of the decision.'],
  [3, 2, '3 computers still have it. 2 of them report so, the other 1 as soon as it hears of the decision.'],
  [300, 300, '300 computers still have it. All of them report so.'],
])('%i installs, %i of them reported: %s', (installs, reported, words) => {
  expect(stillWords(installs, reported)).toBe(words);
});

describe('the page of a title that nobody should have any more', () => {
  const software = { source: 'dpkg', name: 'torrent', version: '1' } as const;
  const id = titleId(software);
  let made: TestStore;
  let app: FastifyInstance;
  let computers: FilledComputer[];

  beforeEach(async () => {
    made = await testStore();
    const { store, clock } = made.context;
    const text = profileText('focus');
    await publishPolicy(store, testSigner, { text, reason: 'test', publishedBy: 'test', now: clock.now() });
    app = await testConsole(made.context);
    computers = await Promise.all(['FOC-1', 'FOC-2', 'FOC-3'].map((name) => fillComputer(made.context, name)));
    for (const one of computers) {
      await fillEvent(made.context, one, 'software.listed', {
        source: 'dpkg',
        part: 1,
        parts: 1,
        software: [software],
      });
    }
  });
  afterEach(async () => {
    await app.close();
    await made[Symbol.asyncDispose]();
  });

  async function disallow(): Promise<void> {
    const { store, clock } = made.context;
    const accountId = await addAccount(made.context, { username: 'decider' });
    const given = { toleratedUntil: '', unsupportedSince: '', licence: '', seats: null, licenceEnds: '', note: '' };
    const standing = { ...given, standing: 'disallowed' as const };
    await store.transaction().execute((tx) => saveStanding(tx, id, standing, { accountId, now: clock.now() }));
  }

  /** As the gateway does it when the agent tells of the decision. */
  async function report(computer: FilledComputer): Promise<void> {
    const { store, clock } = made.context;
    const data = { software, approval: 'unapproved', because: 'disallowed' } as const;
    const seq = await fillEvent(made.context, computer, 'software.decided', data);
    const policy = (await currentPolicy(store))?.policy;
    if (!policy) throw new Error('no policy is published');
    const event: PortcullisEvent = {
      ...{ seq, at: '2026-11-30T09:00:00.000Z', bootId: 'boot', uptimeMs: 1, kind: 'software.decided' },
      data,
    };
    const raise = { computerNo: computer.no, policyVersion: 1, findings: alertRules(policy)(event), now: clock.now() };
    await store.transaction().execute((tx) => raiseAlerts(tx, raise));
  }

  it('says who has it still, and leads to the one line of the alerts about it', async () => {
    await addAccount(made.context);
    const visitor = await signInAs(app);
    expect((await visitor.get(`/software/${id}`)).body).not.toContain('still ha');
    await disallow();
    expect((await visitor.get(`/software/${id}`)).body).toContain('3 computers still have it. They report so');
    for (const one of computers.slice(0, 2)) await report(one);
    const { body } = await visitor.get(`/software/${id}`);
    expect(body).toContain('2 of them report so, the other 1 as soon as it hears');
    const link = /href="(\/alerts\?same=[^"]+)">2 alerts about it not closed/.exec(body)?.[1]?.replaceAll('&amp;', '&');
    expect((await visitor.get(link ?? '')).body).toContain('Software installed that is disallowed');
    expect((await visitor.get('/alerts')).body).toContain('2 alerts');
  });

  it('shows the alerts to nobody who may not see alerts', async () => {
    await addAccount(made.context, { role: 'head-of-business-and-governance' });
    await disallow();
    for (const one of computers) await report(one);
    const { body } = await (await signInAs(app)).get(`/software/${id}`);
    expect(body).toContain('3 computers still have it. All of them report so.');
    expect(body).not.toContain('/alerts?same');
  });
});
