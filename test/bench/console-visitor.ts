import { Agent, request } from 'node:https';
import { systemClock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import { passwordHasher } from '../../collector/accounts/password-hash.ts';
import { passwordProfile } from '../../collector/accounts/password-profiles.ts';
import { createAccount } from '../../collector/accounts/passwords.ts';
import { openStore } from '../../collector/store/database.ts';

/** Somebody at the console, over one kept connection. */
export interface ConsoleVisitor {
  /** @returns milliseconds from asking to the last byte. @throws PortcullisError for any answer but 200 */
  open(path: string): Promise<number>;
  /** @returns the text of a page. @throws PortcullisError for any answer but 200 */
  read(path: string): Promise<string>;
  /** Hears a page's live news. @param rung told of each. @returns what ends it */
  listen(path: string, rung: () => void): () => void;
  close(): void;
}

const password = 'copper lantern meadow 27';

/** An account that may look at the console. @param store file of the collector's store */
export async function addVisitor(file: string): Promise<void> {
  const { store, close } = openStore(file);
  try {
    const passwords = passwordProfile('cyber-essentials', 'bench');
    const account = { username: 'bench', displayName: 'Bench', role: 'ict-analyst', password } as const;
    const parts = { store, clock: systemClock, hasher: passwordHasher(), passwords };
    await createAccount(parts, { ...account, mustChangePassword: false });
  } finally {
    await close();
  }
}

/** Signs in through the form. The certificate is the collector's own, made for this run, so that it is not checked. */
export async function visitConsole(url: string): Promise<ConsoleVisitor> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const signedIn = await ask(new URL('/sign-in', url), agent, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(url).origin },
    body: new URLSearchParams({ username: 'bench', password }).toString(),
  });
  const cookie = signedIn.cookie ?? '';
  async function read(path: string): Promise<string> {
    const { status, text } = await ask(new URL(path, url), agent, { method: 'GET', headers: { cookie } });
    if (status !== 200) throw new PortcullisError('pageFailed', `${path} was answered with status ${status}.`);
    return text;
  }
  return {
    read,
    async open(path) {
      const began = performance.now();
      await read(path);
      return performance.now() - began;
    },
    listen(path, rung) {
      const headers = { cookie, accept: 'text/event-stream' };
      const asked = request(new URL(path, url), { rejectUnauthorized: false, headers }, (answer) => {
        answer.on('data', (part: Buffer) => {
          if (part.includes('event: alerts')) rung();
        });
      });
      asked.end();
      return () => asked.destroy();
    },
    close: () => agent.destroy(),
  };
}

interface Asked {
  method: string;
  headers: Record<string, string>;
  body?: string;
}

interface Answer {
  status: number;
  text: string;
  cookie?: string;
}

function ask(url: URL, agent: Agent, { method, headers, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('error', reject);
      answer.once('end', () => {
        const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0];
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, text, ...(cookie !== undefined && { cookie }) });
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}
