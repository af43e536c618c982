import type { NoticesTable } from '../store/notice-tables.ts';
import type { StoreTransaction } from '../store/tables.ts';
import { addRecipient, noteStep } from './notices.ts';
import { plan } from './outbox.ts';
import { partWords } from './parts.ts';
import type { PlannedRecipient } from './planning.ts';
import type { TemplateName } from './templates.ts';

export interface Telling {
  sendAt: number;
  now: number;
  domain: string;
  /** Absent when no mail is set up: people then find notices in the console alone. */
  mails: boolean;
}

/** Adds somebody to those who are told, and puts their mail into the outbox. @returns id of the recipient */
export async function tell(
  tx: StoreTransaction,
  notice: Pick<NoticesTable, 'id'>,
  recipient: PlannedRecipient,
  telling: Telling,
): Promise<string> {
  const id = await addRecipient(tx, notice.id, recipient, { now: telling.now });
  await mailTo(tx, notice, { ...recipient, id }, telling);
  const how = recipient.addresses.length === 0 ? ', in the console only: no mail address is known' : '';
  await noteStep(tx, {
    noticeId: notice.id,
    at: telling.now,
    action: 'told',
    note: `To: ${partWords(recipient.part)}${how}`,
  });
  return id;
}

/** A mail to somebody who is told already. Mailboxes that stand for one part share one. */
export async function mailTo(
  tx: StoreTransaction,
  notice: Pick<NoticesTable, 'id'>,
  { id, addresses, template }: { id: string; addresses: readonly string[]; template: TemplateName },
  { sendAt, now, domain, mails }: Telling,
): Promise<void> {
  if (!mails || addresses.length === 0) return;
  const delivery = { noticeId: notice.id, recipientId: id, channel: 'mail', template, address: addresses.join(', ') };
  await plan(tx, { ...delivery, sendAt, domain, now });
}
