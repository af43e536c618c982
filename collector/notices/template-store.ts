import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { NoticeTemplatesTable } from '../store/notice-tables.ts';
import type { Store } from '../store/tables.ts';
import { checkTemplate, shippedTemplates, type Template, type TemplateName } from './templates.ts';

/** The text that holds for messages made from now on. */
export async function templateOf(store: Store, name: TemplateName): Promise<Template & { isOwn: boolean }> {
  const [newest] = await templateHistory(store, name, 1);
  const { subject = null, body = null } = newest ?? {};
  return subject === null || body === null
    ? { ...shippedTemplates[name], isOwn: false }
    : { subject, body, isOwn: true };
}

/** Newest first. */
export function templateHistory(store: Store, name: TemplateName, most = 50): Promise<NoticeTemplatesTable[]> {
  return store
    .selectFrom('notice_templates')
    .selectAll()
    .where('name', '=', name)
    .orderBy('saved_at', 'desc')
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
}

/** @param template undefined: back to what the product ships. @throws InvalidError as `checkTemplate` does */
export async function saveTemplate(
  store: Store,
  name: TemplateName,
  template: Template | undefined,
  { accountId, now }: { accountId: string; now: number },
): Promise<void> {
  if (template) checkTemplate(name, template);
  const { subject = null, body = null } = template ?? {};
  await store.transaction().execute(async (tx) => {
    const row = { id: uuidv7(now), name, subject, body, saved_at: now, saved_by: accountId };
    await tx.insertInto('notice_templates').values(row).execute();
    const detail = template ? 'changed' : 'back to the text that is shipped';
    await recordAudit(tx, { at: now, accountId, action: 'notice.template', object: name, detail });
  });
}
