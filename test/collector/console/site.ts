import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import pino from 'pino';
import type { Clock } from '#shared/clock.ts';
import { newKeyPair, signer } from '#shared/identity.ts';
import { type PasswordHasher, passwordHasher } from '../../../collector/accounts/password-hash.ts';
import { type PasswordProfile, passwordProfile } from '../../../collector/accounts/password-profiles.ts';
import { createAccount } from '../../../collector/accounts/passwords.ts';
import type { Role } from '../../../collector/accounts/roles.ts';
import { type SecretBox, secretBox } from '../../../collector/accounts/secret-box.ts';
import type { SingleSignOn } from '../../../collector/accounts/single-sign-on.ts';
import { changeFeed } from '../../../collector/api/change-feed.ts';
import { type ConsoleOptions, consolePages } from '../../../collector/console/console.ts';
import type { CollectorContext } from '../../../collector/context.ts';
import { migrate, openStore } from '../../../collector/store/database.ts';

/** Monday, 23 November 2026, 8:30am. */
export const monday = Date.parse('2026-11-23T08:30:00.000Z');

export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

export function testClock(start = monday): TestClock {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

export interface TestStore {
  context: CollectorContext & {
    clock: TestClock;
    hasher: PasswordHasher;
    passwords: PasswordProfile;
    storeFile: string;
    secrets: SecretBox;
  };
  [Symbol.asyncDispose](): Promise<void>;
}

/** A real, empty SQLite store in a temporary folder. */
export async function testStore(start?: number): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-console-'));
  const storeFile = join(folder, 'store.sqlite');
  const { store, close } = openStore(storeFile);
  await migrate(store);
  const context = {
    store,
    storeFile,
    secrets: secretBox(randomBytes(32)),
    clock: testClock(start),
    log: pino({ level: 'silent' }),
    changes: changeFeed(() => undefined),
    hasher: passwordHasher(),
    passwords: passwordProfile('cyber-essentials', 'Example Care'),
  };
  return {
    context,
    async [Symbol.asyncDispose]() {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const password = 'purple anchor walnut';

export async function addAccount(
  context: TestStore['context'],
  { username = 'pat', role = 'ict-analyst' as Role, mustChangePassword = false } = {},
): Promise<string> {
  const account = { username, displayName: 'Pat Analyst', role, password, mustChangePassword };
  return createAccount(context, account);
}

/** The console as the server mounts it, with the live times made short. */
export async function testConsole(
  { passwords, hasher, storeFile, secrets, ...context }: TestStore['context'],
  https?: { key: string; cert: string },
  signOn?: SingleSignOn,
  more: Partial<ConsoleOptions> = {},
): Promise<FastifyInstance> {
  const app = (https ? Fastify({ https }) : Fastify()) as unknown as FastifyInstance;
  const live = { heartbeat: 50, gap: 20 };
  await app.register(
    consolePages(context, {
      organisation: 'Example Care',
      passwords,
      hasher,
      live,
      signOn,
      fingerprint,
      storeFile,
      secrets,
      signer: testSigner,
      ...more,
    }),
  );
  await app.ready();
  return app;
}

export const testSigner = signer(newKeyPair().privateKeyPem);
const fingerprint = 'ab'.repeat(32);

export const fromHere = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };

export function form(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString();
}

export interface Visitor {
  get(url: string): Promise<Answer>;
  /** Adds the form token of the session. */
  post(url: string, fields: Record<string, string>): Promise<Answer>;
  cookie: string;
}
interface Answer {
  statusCode: number;
  body: string;
  headers: Record<string, string | string[] | number | undefined>;
}

/** Signs in through the form, as a person does. */
export async function signInAs(app: FastifyInstance, username = 'pat', secret = password): Promise<Visitor> {
  const answer = await app.inject({
    method: 'POST',
    url: '/sign-in',
    headers: fromHere,
    payload: form({ username, password: secret }),
  });
  const cookie = `${answer.headers['set-cookie']}`.split(';')[0] ?? '';
  const get = (url: string) => app.inject({ url, headers: { cookie } });
  return {
    cookie,
    get,
    async post(url, fields) {
      const token = /name="formToken" value="([^"]+)"/.exec((await get('/change-password')).body)?.[1] ?? '';
      const payload = form({ formToken: token, ...fields });
      return app.inject({ method: 'POST', url, headers: { ...fromHere, cookie }, payload });
    },
  };
}
