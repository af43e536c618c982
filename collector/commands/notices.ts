import type { Command } from 'commander';
import { isoTime, systemClock } from '#shared/clock.ts';
import { print } from '#shared/command-line.ts';
import { PortcullisError } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { answer, columns, dayOf, type Json, withStore } from './context.ts';

export function defineNotices(program: Command): void {
  const notices = program.command('notices').description('messages about alerts: what went out and what did not');
  notices.option('--json', 'as JSON').action(list);
  notices
    .command('test-mail')
    .description('send a mail by the settings, to see that they work')
    .requiredOption('--to <address>', 'where to')
    .action(testMail);
}

const most = 200;

async function list({ json }: Json): Promise<void> {
  const { listDeliveries } = await import('../notices/notice-list.ts');
  const rows = (await withStore((store) => listDeliveries(store, most))).map((row) => ({
    notice: row.number === null ? null : `N-${row.number}`,
    message: row.template,
    channel: row.channel,
    to: row.address,
    state: row.state,
    attempts: row.attempts,
    messageId: row.message_id,
    planned: isoTime(row.planned_at),
    sent: row.sent_at === null ? null : isoTime(row.sent_at),
    failure: row.failure,
    sha256: row.sha256,
  }));
  const heads = ['notice', 'message', 'to', 'state', 'attempts', 'planned', 'failure'];
  const text = () =>
    rows.length === 0
      ? 'No message was planned yet.'
      : columns([
          heads,
          ...rows.map(({ notice, message, to, state, attempts, planned, failure }) => {
            return [notice ?? '-', message, to, state, String(attempts), dayOf(Date.parse(planned)), failure ?? ''];
          }),
        ]);
  print(answer(json, rows, text));
}

async function testMail({ to }: { to: string }): Promise<void> {
  const { noticeParts } = await import('../notices/set-up.ts');
  await withStore(async (_store, home) => {
    const { organisation, mail, webhooks = [] } = home.settings;
    const parts = noticeParts({ ...home, organisation, mail, webhooks, signer: home.policySigner }, systemClock);
    const send = parts.channels.get('mail');
    if (!send)
      throw new PortcullisError(
        'noMail',
        'settings.json has no part "mail" yet. README.md of the collector shows one.',
      );
    const text =
      'This mail was sent to see that device control can send mail. Nothing happened, and nothing is to be done.\n';
    const message = { messageId: `<${uuidv7(systemClock.now())}@${parts.site.domain}>`, to, organisation };
    await send({ ...message, subject: 'Test of device control mail', text, html: `<p>${text}</p>` });
  });
  print('The mail server has taken it. See whether it arrives.');
}
