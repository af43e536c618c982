import type { FastifyInstance } from 'fastify';
import type { Role } from '../../../collector/accounts/roles.ts';
import { openSession } from '../../../collector/accounts/sessions.ts';
import type { ConsoleOptions } from '../../../collector/console/console.ts';
import { addAccount, fromHere, type TestStore, testConsole, testStore } from './site.ts';

/** Somebody who is signed in, and can send fields several times. */
export interface SomebodySignedIn {
  id: string;
  cookie: string;
  get(url: string): Promise<Reply>;
  post(
    url: string,
    fields: Record<string, string | readonly string[]>,
    headers?: Record<string, string>,
  ): Promise<Reply>;
}
interface Reply {
  statusCode: number;
  body: string;
  headers: Record<string, string | string[] | number | undefined>;
}

export interface OpenConsole extends AsyncDisposable {
  context: TestStore['context'];
  app: FastifyInstance;
  visitor(role: Role, given?: { username?: string; organisation?: string; team?: string }): Promise<SomebodySignedIn>;
}

/** A console whose visitors come in without a sign-in, because hashing passwords takes its time. */
export async function openConsole(
  more: Partial<ConsoleOptions> = {},
  https?: { key: string; cert: string },
): Promise<OpenConsole> {
  const made = await testStore();
  // Nobody is asked for a second factor here: that gate has tests of its own.
  const context = { ...made.context, passwords: { ...made.context.passwords, secondFactorFor: [] } };
  const app = await testConsole(context, https, undefined, more);
  let accounts = 0;
  return {
    context,
    app,
    async visitor(role, { username, organisation, team } = {}) {
      accounts += 1;
      const name = username ?? `${role}-${accounts}`;
      const id = await addAccount(context, { username: name, role });
      const places = { organisation: organisation ?? null, team_id: team ?? null, display_name: `Pat ${name}` };
      await context.store.updateTable('accounts').set(places).where('id', '=', id).execute();
      const { cookie: secret, session } = await openSession(context, id);
      const cookie = `__Host-portcullis=${secret}`;
      return {
        id,
        cookie,
        get: (url) => app.inject({ url, headers: { cookie } }),
        post(url, fields, headers = {}) {
          const payload = new URLSearchParams({ formToken: session.formToken });
          for (const [name, value] of Object.entries(fields)) {
            for (const one of [value].flat()) payload.append(name, one);
          }
          return app.inject({
            method: 'POST',
            url,
            headers: { ...fromHere, cookie, ...headers },
            payload: payload.toString(),
          });
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await made[Symbol.asyncDispose]();
    },
  };
}

/** What must never stand in a page as it is, beside text that would break a line of CSV or of a log. */
export const hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202E=1+1';

/** What in an answer a browser would run, and marks that turn the order of what a reader sees. */
export function faultsIn(body: string): string[] {
  const found = [/<script(?![^>]*\ssrc="\/assets\/)/i, /<img/i, /\sonerror=(?=[^&<]*>)/i, /\p{Bidi_Control}/u];
  return found.flatMap((pattern) => pattern.exec(body) ?? []);
}
