import type { NoticeRecipientsTable } from '../store/notice-tables.ts';
import type { Store } from '../store/tables.ts';
import { markStep } from './notices.ts';
import { plan } from './outbox.ts';
import { looking, type NoticeSite } from './surroundings.ts';

/** Instead of a delivery: no mail reaches this reader, the console has it. */
const consoleOnly = 'console';

/** One mail for everybody whose summary is due, with all that waits for them. @returns how many mails */
export async function planDigests(store: Store, site: NoticeSite, now: number): Promise<number> {
  const waiting = () =>
    store.selectFrom('notice_recipients').where('digest_id', 'is', null).where('digest_at', '<=', now);
  if (!(await waiting().select('id').limit(1).executeTakeFirst())) return 0;
  const rows = await waiting().selectAll().orderBy('id').execute();
  return store.transaction().execute(async (tx) => {
    const look = looking(tx, site, now);
    let mails = 0;
    for (const [, group] of Map.groupBy(rows, readerOf)) {
      const address = await addressOf(group, look, site);
      const isMailed = address !== '' && site.mails;
      const digest = { noticeId: null, recipientId: null, channel: 'mail', template: 'digest', address } as const;
      const id = isMailed ? await plan(tx, { ...digest, sendAt: now, domain: site.domain, now }) : consoleOnly;
      for (const row of group) await markStep(tx, row.id, { digest_id: id });
      mails += isMailed ? 1 : 0;
    }
    return mails;
  });
}

function readerOf({ person_id, part }: NoticeRecipientsTable): string {
  return person_id ?? part;
}

async function addressOf(
  [first]: readonly NoticeRecipientsTable[],
  look: ReturnType<typeof looking>,
  { contacts }: NoticeSite,
): Promise<string> {
  if (!first) return '';
  if (first.person_id === null) return (contacts[first.part] ?? []).join(', ');
  const person = await look.concernedId(first.person_id);
  const { directory } = await look.around(person, 0);
  return directory.people.get(first.person_id)?.email ?? '';
}
