import type { Logger } from 'pino';
import type { Clock } from '#shared/clock.ts';
import { errorCode } from '#shared/errors.ts';
import type { Store } from '../store/tables.ts';
import { type Channel, DeliveryError } from './channels/channel.ts';
import type { messageWriter } from './message.ts';
import { commitSent, type Leased, lease, rollBack } from './outbox.ts';

export interface DeliverParts {
  store: Store;
  clock: Clock;
  log: Logger;
  organisation: string;
  write: ReturnType<typeof messageWriter>;
  /** By the name that stands in the outbox. */
  channels: ReadonlyMap<string, Channel>;
}

const together = 10;

/** Sends what is due, until nothing is. A message whose channel fails does not hold up the others. */
export async function deliver(parts: DeliverParts): Promise<void> {
  const { store, clock, write } = parts;
  for (;;) {
    const now = clock.now();
    const leased = await lease(store, { now, most: together }, (tx, delivery) => write(tx, delivery, now));
    if (leased.length === 0) return;
    for (const delivery of leased) await send(parts, delivery);
  }
}

async function send({ store, clock, log, organisation, channels }: DeliverParts, delivery: Leased): Promise<void> {
  const { id, channel, address, message_id, subject, text, html } = delivery;
  try {
    const way = channels.get(channel);
    if (!way) throw new DeliveryError('noChannel', 'The settings know of no such way any more.');
    const whose = await organisationOf(store, delivery, organisation);
    await way({ messageId: message_id, to: address, organisation: whose, subject, text, html });
  } catch (error) {
    const known = error instanceof DeliveryError;
    const failure = known ? error.message : 'An unexpected fault of the collector.';
    const state = await rollBack(store, delivery, { failure, retry: known ? error.retry : true, now: clock.now() });
    log.warn({ code: errorCode(error), delivery: id, state }, 'a notice did not go out');
    return;
  }
  await commitSent(store, delivery, clock.now());
}

async function organisationOf(store: Store, { notice_id }: Leased, usual: string): Promise<string> {
  if (notice_id === null) return usual;
  const row = await store.selectFrom('notices').select('organisation').where('id', '=', notice_id).executeTakeFirst();
  return row?.organisation ?? usual;
}
