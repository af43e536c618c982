import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../collector/notices/channels/channel.ts';
import { mailChannel } from '../../../collector/notices/channels/mail.ts';
import { nextAttempt } from '../../../collector/notices/channels/retry.ts';
import { webhookBody, webhookChannel, webhookSignature } from '../../../collector/notices/channels/webhook.ts';
import { checkMailSettings } from '../../../collector/notices/mail-settings.ts';
import { lease, releaseLeases } from '../../../collector/notices/outbox.ts';
import { mailServer, mailUser } from '../../fakes/smtp.ts';
import { testClock } from '../console/site.ts';
import { mailSettings, noticeSite } from './site.ts';

const minute = 60_000;
const text = async () => ({ subject: 's', text: 't', html: 'h' });

describe('the outbox', () => {
  it('plans an alert once, however often it looks, and a repeat is no second mail', async () => {
    await using site = await noticeSite();
    await site.person({ reference: 'sam', supervises: ['Team'] });
    await site.person({ reference: 'jo', team: 'Team', accounts: ['jo'], email: '' });
    await site.raise('media-unencrypted', { person: 'jo' });
    await site.run();
    await site.run();
    await site.raise('media-unencrypted', { person: 'jo', times: 3 });
    await site.run();
    expect(site.sent.map(({ to }) => to).sort()).toEqual(['sam@example.org', 'servicedesk@example.org']);
    const notices = await site.context.store.selectFrom('notices').select('count').execute();
    expect(notices).toEqual([{ count: 4 }]);
  });

  it('tries again what was put off, with the same number and words, and gives up for good what was refused', async () => {
    await using site = await noticeSite();
    const { clock, store } = site.context;
    site.refuse.with = new DeliveryError('putOff', 'The mail server put it off (451).', { retry: true });
    await site.raise('code-refused');
    await site.run();
    const rows = () =>
      store.selectFrom('notice_deliveries').select(['state', 'attempts', 'message_id', 'sha256']).execute();
    const [first] = await rows();
    expect(first).toMatchObject({ state: 'waiting', attempts: 1 });
    await site.run();
    expect(await rows()).toEqual([first]);
    clock.advance(minute);
    site.refuse.with = undefined;
    await site.run();
    expect(await rows()).toEqual([{ ...first, state: 'sent', attempts: 2 }]);
    expect(site.sent.map(({ messageId }) => messageId)).toEqual([first?.message_id]);

    site.refuse.with = new DeliveryError('refused', 'The mail server refused the message (550).');
    await site.raise('code-refused', { thing: 'another' });
    await site.run();
    expect((await rows()).map(({ state }) => state).sort()).toEqual(['failed', 'sent']);
  });

  it('gives a message to one sender at a time, and to the next when that one is gone', async () => {
    await using site = await noticeSite();
    const { store, clock } = site.context;
    await site.raise('code-refused');
    await site.plan();
    const take = () => lease(store, { now: clock.now(), most: 10 }, text);
    expect(await take()).toHaveLength(1);
    expect(await take()).toHaveLength(0);
    await releaseLeases(store);
    expect(await take()).toHaveLength(1);
    clock.advance(5 * minute);
    expect(await take()).toHaveLength(1);
  });

  it('waits longer each time and ends after three days', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map((attempts) => (nextAttempt(attempts, 0, 0) ?? 0) / minute)).toEqual([
      1, 2, 5, 10, 20, 40, 60, 60,
    ]);
    expect(nextAttempt(80, 0, 3 * 24 * 60 * minute)).toBeUndefined();
  });
});

const message = {
  messageId: '<one@collector.example>',
  to: 'sam@example.org',
  organisation: 'Other Care',
  subject: 'Über everything',
  text: 'Plain – text',
  html: '<p>HTML – text</p>',
};

describe('mail', () => {
  it('goes over STARTTLS with a sign-in, as the sender of the organisation, in both forms', async () => {
    await using server = await mailServer();
    const settings = {
      ...mailSettings,
      host: 'localhost',
      port: server.port,
      security: 'starttls' as const,
      user: mailUser.user,
    };
    const senders = { 'Other Care': 'Other <other@example.org>' };
    await mailChannel(
      { ...settings, senders },
      { password: mailUser.password, certificate: server.certificate },
    )(message);
    const { messageId, subject, text, html } = message;
    expect(server.received).toMatchObject([{ messageId, subject, text, html, secure: true, user: mailUser.user }]);
    expect(server.received[0]?.raw).toMatch(/^From: Other <other@example\.org>/m);
  });

  it.each([
    ['a mailbox that does not exist', { refuse: 550 }, { code: 'refused', retry: false }],
    ['a mailbox that is full for now', { refuse: 452 }, { code: 'putOff', retry: true }],
    ['a wrong password', { password: 'wrong' }, { retry: true }],
    ['a certificate that nobody vouches for', { certificate: undefined }, { retry: true }],
  ])(
    'tells what stands in the way: %s',
    async (_what, given: { refuse?: number; password?: string; certificate?: undefined }, fault) => {
      await using server = await mailServer();
      server.refuse.with = given.refuse;
      const settings = {
        ...mailSettings,
        host: 'localhost',
        port: server.port,
        security: 'starttls' as const,
        user: mailUser.user,
      };
      const certificate = 'certificate' in given ? undefined : server.certificate;
      const send = mailChannel(settings, { password: given.password ?? mailUser.password, certificate });
      const error = await send(message).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(DeliveryError);
      expect(error).toMatchObject(fault);
      expect(String(error)).not.toContain('sam@');
      expect(server.received).toEqual([]);
    },
  );

  it('never crosses a network in plain text', () => {
    expect(() => checkMailSettings({ ...mailSettings, host: 'mail.example.org', security: 'none' })).toThrow(
      /unencrypted/,
    );
    expect(() => checkMailSettings(mailSettings)).not.toThrow();
  });
});

describe('a webhook', () => {
  const facts = {
    reference: 'N-1',
    severity: 'high',
    matter: '<Malware> & more',
    computer: 'FOC-1',
    clause: 'focus 4.6',
    at: '',
    count: 1,
    link: 'https://c.example/n',
  };

  it('signs time and body, and a refusal for good is told from one for now', async () => {
    const heard: { body: string; headers: Record<string, unknown> }[] = [];
    let status = 204;
    const server = createServer((request, answer) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        heard.push({ body: Buffer.concat(chunks).toString(), headers: request.headers });
        answer.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const send = webhookChannel({ name: 'siem', url, shape: 'portcullis' }, 'a secret', testClock());
    const body = webhookBody('portcullis', facts);
    await send({ ...message, text: body });
    const [first] = heard;
    const timestamp = String(first?.headers['x-portcullis-timestamp']);
    expect(first?.body).toBe(body);
    expect(first?.headers['x-portcullis-signature']).toBe(webhookSignature('a secret', timestamp, body));
    expect(webhookSignature('a secret', timestamp, `${body} `)).not.toBe(first?.headers['x-portcullis-signature']);
    status = 503;
    await expect(send({ ...message, text: body })).rejects.toMatchObject({ retry: true });
    status = 410;
    await expect(send({ ...message, text: body })).rejects.toMatchObject({ retry: false });
    await new Promise((resolve) => server.close(resolve));
  });

  it('has the shape that Teams and Slack show', () => {
    expect(JSON.parse(webhookBody('slack', facts)).text).toContain('HIGH: &lt;Malware&gt; &amp; more on FOC-1 (N-1)');
    const { attachments } = JSON.parse(webhookBody('teams', facts));
    expect(attachments[0].content.actions[0].url).toBe(facts.link);
  });
});
