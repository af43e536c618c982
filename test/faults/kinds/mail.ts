import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { isoTime } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import { kindDefinition, type PortcullisEvent } from '#shared/events/kinds.ts';
import { openHome } from '../../../collector/home.ts';
import { currentPolicy, publishPolicy } from '../../../collector/policies/policies.ts';
import { openStore } from '../../../collector/store/database.ts';
import type { Store } from '../../../collector/store/tables.ts';
import { type MailServer, mailServer, mailUser } from '../../fakes/smtp.ts';
import type { Fault } from '../fault.ts';
import type { Ground } from '../ground.ts';
import { changeSettings } from '../template.ts';
import { enrolFlooder } from './flood.ts';

const violations = 4;

export const mail: Fault = {
  name: 'mail',
  about: 'the collector is killed between a violation, the notice of it, and the mail server’s yes',
  async run(ground) {
    const { collector, random, until, aWhile } = ground;
    await using server = await mailServer();
    const { store, close } = openStore(collector.store);
    try {
      await withMail(ground, server, store);
      await collector.start();
      const computer = await enrolFlooder(ground);
      const killAt = random.below(violations);
      let kills = 0;
      for (let sent = 0; sent < violations; sent += 1) {
        await computer.connect();
        await computer.send([computer.prepare((seq) => mounted(seq, `SERIAL${sent}`), 1)], 1);
        if (sent === killAt || random.below(3) === 0) {
          await aWhile(1200);
          await collector.program.end('SIGKILL');
          kills += 1;
          await collector.start();
        }
        computer.close();
      }
      await until('every notice is sent', () => allSent(store, violations));
      tellDoubles(server, await messageIds(store), kills);
    } finally {
      await close();
    }
    return {};
  },
};

async function withMail({ collector }: Ground, { port, certificate }: MailServer, store: Store): Promise<void> {
  const settings = {
    host: 'localhost',
    port,
    security: 'starttls',
    user: mailUser.user,
    certificate: 'mail-server.pem',
    from: 'device-control@example.org',
    address: 'https://collector.example',
    contacts: { ict: ['servicedesk@example.org'] },
  };
  changeSettings(collector.home, { mail: settings });
  writeFileSync(join(collector.home, 'mail-server.pem'), certificate);
  writeFileSync(join(collector.home, 'mail-password'), mailUser.password, { mode: 0o600 });
  const now = Date.now();
  const document = parseDocument((await currentPolicy(store))?.signed.text ?? '');
  // The office is never closed: this runs at any hour.
  document.setIn(['notices', 'urgentFrom'], 'info');
  const { policySigner } = openHome(collector.home);
  await publishPolicy(store, policySigner, { text: String(document), reason: 'a test', publishedBy: 'a test', now });
}

function mounted(seq: number, serial: string): PortcullisEvent {
  const { device, volume } = kindDefinition('media.mounted').example as { device: object; volume: object };
  return {
    seq,
    at: isoTime(Date.now()),
    bootId: 'faults',
    uptimeMs: seq,
    kind: 'media.mounted',
    data: { device: { ...device, serial, serialTrust: 'device' }, volume: { ...volume, encryption: 'plain' } },
  } as PortcullisEvent;
}

async function deliveries(store: Store) {
  return store.selectFrom('notice_deliveries').select(['message_id', 'state']).execute();
}
async function allSent(store: Store, least: number): Promise<boolean> {
  const rows = await deliveries(store);
  return rows.length >= least && rows.every(({ state }) => state === 'sent');
}
async function messageIds(store: Store): Promise<string[]> {
  return (await deliveries(store)).map(({ message_id }) => message_id);
}

/** Each mail once; again, with the same number, only where the collector was killed before it could note the yes. */
function tellDoubles({ received }: MailServer, ids: readonly string[], kills: number): void {
  const counts = ids.map((id) => received.filter(({ messageId }) => messageId === id).length);
  const strange = received.filter(({ messageId }) => !ids.includes(messageId)).length;
  const again = counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  if (counts.includes(0) || strange > 0 || again > kills)
    throw new PortcullisError('noticesWrong', `Mails by notice: ${counts}; of no notice: ${strange}; kills: ${kills}.`);
}
