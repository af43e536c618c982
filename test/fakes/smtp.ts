import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { makeCertificate } from '../../collector/gateway/certificate.ts';

/** A message the server said yes to. */
export interface Received {
  to: string[];
  messageId: string;
  subject: string;
  /** Both forms of the body, decoded. */
  text: string;
  html: string;
  /** As it came over the wire. */
  raw: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Whether it came over TLS and after a sign-in. */
  secure: boolean;
  user: string;
}

export interface MailServer extends AsyncDisposable {
  port: number;
  /** PEM; no public authority vouches for it. */
  certificate: string;
  received: Received[];
  /** Told at these moments of the next messages. */
  hooks: { connected?: () => Promise<void>; dataRead?: () => Promise<void>; accepted?: () => Promise<void> };
  /** Status to refuse recipients with; undefined: none is refused. */
  refuse: { with: number | undefined };
}

export const mailUser = { user: 'device-control', password: 'five tin kettles' };

/** A real SMTP server on the loopback address that insists on STARTTLS and a sign-in. */
export async function mailServer(): Promise<MailServer> {
  const { certificate, key } = await makeCertificate(['localhost'], Date.now());
  const received: Received[] = [];
  const hooks: MailServer['hooks'] = {};
  const refuse: MailServer['refuse'] = { with: undefined };
  const server = new SMTPServer({
    key,
    cert: certificate,
    authMethods: ['PLAIN', 'LOGIN'],
    onConnect: (_session, callback) => void Promise.resolve(hooks.connected?.()).then(() => callback()),
    onAuth({ username, password }, _session, callback) {
      const isRight = username === mailUser.user && password === mailUser.password;
      if (isRight) callback(null, { user: username });
      else callback(new Error('wrong user name or password'));
    },
    onRcptTo(_address, _session, callback) {
      if (refuse.with === undefined) callback();
      else callback(Object.assign(new Error('no such mailbox here'), { responseCode: refuse.with }));
    },
    async onData(stream, { envelope, secure, user }, callback) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const raw = Buffer.concat(chunks).toString();
      await hooks.dataRead?.();
      const to = envelope.rcptTo.map(({ address }) => address);
      received.push({ ...parsed(raw), to, raw, at: Date.now(), secure: secure === true, user: String(user) });
      callback();
      await hooks.accepted?.();
    },
  });
  // A collector that is killed leaves broken connections behind.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    certificate,
    received,
    hooks,
    refuse,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** As much of MIME as one text and one HTML part need. */
function parsed(raw: string): Pick<Received, 'messageId' | 'subject' | 'text' | 'html'> {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1] ?? '';
  const parts = rest.join('\r\n\r\n').split(`--${boundary}`);
  const part = (type: string) => decoded(parts.find((one) => one.includes(`Content-Type: ${type}`)) ?? '');
  return {
    messageId: header(head, 'Message-ID'),
    subject: words(header(head, 'Subject')),
    text: part('text/plain'),
    html: part('text/html'),
  };
}

function header(head: string, name: string): string {
  return new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(head)?.[1]?.replace(/\r\n[ \t]/g, ' ') ?? '';
}

/** Words that are not plain ASCII come encoded (RFC 2047). */
function words(text: string): string {
  return text.replace(/=\?UTF-8\?([QB])\?([^?]*)\?= ?/gi, (_whole, how: string, body: string) =>
    how.toUpperCase() === 'B' ? Buffer.from(body, 'base64').toString() : quoted(body.replaceAll('_', ' ')),
  );
}

function decoded(part: string): string {
  const [head = '', ...rest] = part.trimStart().split('\r\n\r\n');
  const body = rest.join('\r\n\r\n').trim();
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString();
  return /quoted-printable/i.test(head) ? quoted(body.replaceAll('=\r\n', '')) : body;
}

function quoted(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_whole, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
