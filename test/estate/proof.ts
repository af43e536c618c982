import { PortcullisError } from '#shared/errors.ts';
import { openStore } from '../../collector/store/database.ts';
import { verifyStore } from '../../collector/store/verify.ts';

/**
 * Everything sent is stored, once, in chains that hold. @returns how many events raised an alert
 * @throws PortcullisError `chainBroken`, `eventsMissing`
 */
export async function proveStored(file: string, sent: number): Promise<number> {
  const { store, close } = openStore(file, { readOnly: true });
  try {
    const { holds, computers } = await verifyStore(store, undefined, () => undefined);
    const stored = computers.reduce((sum, { events }) => sum + events, 0);
    if (!holds) throw new PortcullisError('chainBroken', 'Not every chain holds, so there is no figure.');
    if (stored !== sent)
      throw new PortcullisError('eventsMissing', `${sent} events were sent and ${stored} are stored: no figure.`);
    const row = await store
      .selectFrom('alerts')
      .select((eb) => eb.fn.sum<number>('count').as('count'))
      .executeTakeFirst();
    return Number(row?.count ?? 0);
  } finally {
    await close();
  }
}
