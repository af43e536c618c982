import { request } from 'node:https';

export interface Answer {
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

/** Asks a console as a browser would: a form is posted, and no redirect is followed. */
export function ask(
  url: string,
  { cookie = '', fields }: { cookie?: string; fields?: Record<string, string> } = {},
): Promise<Answer> {
  const body = fields && new URLSearchParams(fields).toString();
  const headers = {
    cookie,
    ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(url).origin }),
  };
  return new Promise((resolve, reject) => {
    // Whether the certificate is the right one is the browser's business, not this test's.
    const asked = request(
      url,
      { method: body === undefined ? 'GET' : 'POST', headers, rejectUnauthorized: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString(), headers: answer.headers }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** @returns the cookie of the session */
export async function signInAt(url: string, username: string, password: string): Promise<string> {
  const answer = await ask(`${url}/sign-in`, { fields: { username, password, next: '' } });
  const [cookie = ''] = [answer.headers['set-cookie']].flat();
  return cookie.split(';')[0] ?? '';
}

/** Fills a form in and sends it, with the token that stands on its page. */
export async function fillIn(page: string, cookie: string, fields: Record<string, string>): Promise<Answer> {
  const { body } = await ask(page, { cookie });
  const formToken = /name="formToken" value="([^"]+)"/.exec(body)?.[1] ?? '';
  return ask(page, { cookie, fields: { formToken, ...fields } });
}
