import { Agent, request } from 'node:https';
import { PortcullisError } from '#shared/errors.ts';

/** Somebody at the console, over one kept connection. */
export interface ConsoleVisitor {
  /** @returns milliseconds from asking to the last byte. @throws PortcullisError for any answer but 200 */
  open(path: string): Promise<number>;
  close(): void;
}

/** Signs in through the form. The certificate is the collector's own, made for this run, so that it is not checked. */
export async function visitConsole(url: string, username: string, password: string): Promise<ConsoleVisitor> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const signedIn = await ask(new URL('/sign-in', url), agent, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(url).origin },
    body: new URLSearchParams({ username, password }).toString(),
  });
  const cookie = signedIn.cookie ?? '';
  return {
    async open(path) {
      const began = performance.now();
      const { status } = await ask(new URL(path, url), agent, { method: 'GET', headers: { cookie } });
      if (status !== 200) throw new PortcullisError('pageFailed', `${path} was answered with status ${status}.`);
      return performance.now() - began;
    },
    close: () => agent.destroy(),
  };
}

interface Asked {
  method: string;
  headers: Record<string, string>;
  body?: string;
}

function ask(url: URL, agent: Agent, { method, headers, body }: Asked): Promise<{ status: number; cookie?: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method, headers }, (answer) => {
      answer.resume();
      answer.once('error', reject);
      answer.once('end', () => {
        const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0];
        resolve({ status: answer.statusCode ?? 0, ...(cookie !== undefined && { cookie }) });
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}
