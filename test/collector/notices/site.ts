import { pino } from 'pino';
import type { Role } from '../../../collector/accounts/roles.ts';
import { raiseAlerts } from '../../../collector/alerting/alerts.ts';
import type { ProfileName } from '../../../collector/home.ts';
import { noticeDeliveryJob, noticePlanningJob } from '../../../collector/jobs/notice-jobs.ts';
import type { Channel, DeliveryError, Outgoing } from '../../../collector/notices/channels/channel.ts';
import type { MailSettings } from '../../../collector/notices/mail-settings.ts';
import { noticeParts } from '../../../collector/notices/set-up.ts';
import { currentPolicy, profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { type PersonFacts, savePerson } from '../../../collector/register/people.ts';
import { type FilledComputer, fillComputer } from '../console/filling.ts';
import { addAccount, type TestStore, testSigner, testStore } from '../console/site.ts';

export const organisation = 'Example Care';

export const mailSettings: MailSettings = {
  host: '127.0.0.1',
  port: 25,
  security: 'none',
  from: 'Device control <device-control@example.org>',
  address: 'https://collector.example:8443',
  contacts: { ict: ['servicedesk@example.org'] },
  askWhom: 'The service desk, extension 1234',
};

/** Everything of notices but the mail server: what it would have been given is kept. */
export interface NoticeTestSite extends AsyncDisposable {
  context: TestStore['context'];
  sent: (Outgoing & { at: number })[];
  /** What the mail server says to the next messages; undefined: yes. */
  refuse: { with: DeliveryError | undefined };
  plan(): Promise<void>;
  /** Plans and sends. */
  run(): Promise<void>;
  computer: FilledComputer;
  person(facts: Partial<PersonFacts> & { reference: string }): Promise<string>;
  account(username: string, role: Role, personId?: string): Promise<string>;
  /** Raises the alert of a rule of the profile, as an event would. @returns its id */
  raise(
    rule: string,
    given?: { person?: string; thing?: string; times?: number; computer?: FilledComputer },
  ): Promise<string>;
}

export async function noticeSite(
  { start, profile = 'focus' as ProfileName } = {} as { start?: number; profile?: ProfileName },
): Promise<NoticeTestSite> {
  const made = await testStore(start);
  const { context } = made;
  const { store, clock } = context;
  const text = profileText(profile, organisation);
  await publishPolicy(store, testSigner, { text, reason: 'a test', publishedBy: 'init', now: clock.now() });
  const policy = (await currentPolicy(store))?.policy;
  if (!policy) throw new Error('there is no policy');
  const sent: NoticeTestSite['sent'] = [];
  const refuse: NoticeTestSite['refuse'] = { with: undefined };
  const mail: Channel = async (message) => {
    if (refuse.with) throw refuse.with;
    sent.push({ ...message, at: clock.now() });
  };
  const home = {
    organisation,
    mail: mailSettings,
    mailPassword: undefined,
    mailCertificate: undefined,
    webhooks: [],
    webhookSecret: undefined,
    signer: testSigner,
  };
  const parts = {
    ...context,
    log: pino({ level: 'silent' }),
    ...noticeParts(home, clock),
    channels: new Map([['mail', mail]]),
  };
  const planning = noticePlanningJob(parts);
  const delivery = noticeDeliveryJob(parts);
  const computer = await fillComputer(context, 'FOC-LT-014');
  const plan = () => planning.check();
  return {
    context,
    sent,
    refuse,
    plan,
    async run() {
      await planning.check();
      await delivery.check();
    },
    computer,
    person: (facts) =>
      store.transaction().execute((tx) =>
        savePerson(
          tx,
          organisation,
          {
            name: facts.reference,
            email: `${facts.reference}@example.org`,
            team: '',
            accounts: [],
            supervises: [],
            deputises: [],
            starts: '',
            leaves: '',
            ...facts,
          },
          clock.now(),
        ),
      ),
    async account(username, role, personId) {
      const id = await addAccount(context, { username, role });
      await store
        .updateTable('accounts')
        .set({ person_id: personId ?? null, organisation })
        .where('id', '=', id)
        .execute();
      return id;
    },
    async raise(ruleId, { person, thing = 'a stick', times = 1, computer: on = computer } = {}) {
      const rule = policy.alerts.find(({ id }) => id === ruleId);
      if (!rule) throw new Error(`the profile has no alert rule ${ruleId}`);
      const { id: _id, title, severity, clause, recipients, tell } = rule;
      const finding = {
        ruleId,
        title,
        severity,
        clause,
        recipients,
        tell,
        kind: rule.on,
        group: `${ruleId} ${person} ${thing}`,
        seq: null,
        at: clock.now(),
        ...(person !== undefined && { person }),
        device: { name: 'Kingston DataTraveler …4711' },
      };
      const raise = {
        computerNo: on.no,
        policyVersion: 1,
        findings: Array.from({ length: times }, () => finding),
        now: clock.now(),
      };
      const [id] = await store.transaction().execute((tx) => raiseAlerts(tx, raise));
      if (id === undefined) throw new Error('no alert was raised');
      return id;
    },
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}
