import { request } from 'node:https';
import { accountIdOf } from '../../collector/accounts/accounts.ts';
import { openSession } from '../../collector/accounts/sessions.ts';
import type { Collector } from '../../collector/main.ts';

/** Opens pages of a running collector as somebody of the demonstration, over the network as a browser does. */
export async function visitorOf({ url, certificate, context }: Collector, username: string) {
  const accountId = await accountIdOf(context.store, username);
  await setUpSecondFactor(context, accountId);
  const { cookie } = await openSession(context, accountId);
  const headers = { cookie: `__Host-portcullis=${cookie}` };
  return (path: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const asked = request(`${url}${path}`, { headers, ca: certificate.certificate }, async (answer) => {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part as Buffer);
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') });
      });
      asked.on('error', reject).end();
    });
}

/** Administrators are asked for a second factor when they first sign in, and nobody has signed in here. */
export async function setUpSecondFactor({ store, clock }: Collector['context'], accountId: string): Promise<void> {
  const factor = { account_id: accountId, secret: '', last_step: 0, confirmed_at: clock.now() };
  await store
    .insertInto('second_factors')
    .values(factor)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
