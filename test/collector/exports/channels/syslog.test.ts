import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Outgoing } from '../../../../collector/exports/channels/channel.ts';
import { syslogChannel } from '../../../../collector/exports/channels/syslog.ts';
import { octetCounted, syslogMessage } from '../../../../collector/exports/channels/syslog-message.ts';
import { formatLine } from '../../../../collector/exports/format.ts';
import type { SyslogSettings } from '../../../../collector/exports/settings.ts';
import { makeCertificate } from '../../../../collector/gateway/certificate.ts';
import { tempFolder } from '../../../fakes/temp-folder.ts';
import { eventRecord, exampleRecords, sender } from '../example-records.ts';

const times = { connect: 5000, stall: 700, settle: 50, close: 700 };
const usual = { name: 'siem', channel: 'syslog', format: 'ocsf', host: '127.0.0.1' } as const;
const read = (_file: string): Buffer => Buffer.alloc(0);
const batch: Outgoing[] = exampleRecords.map((record) => ({ record, line: formatLine('ocsf', record, sender) }));

const open: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of open.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  open.push(server.listen(0, '127.0.0.1'));
  server.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const channel = (settings: Partial<SyslogSettings> & { port: number }, given = read) =>
  syslogChannel({ ...usual, tls: false, ...settings } as SyslogSettings, sender, given, times);
const send = (settings: Partial<SyslogSettings> & { port: number }, what = batch, given = read) =>
  channel(settings, given).send(what, new AbortController().signal);

/** Reads messages by their counted lengths. */
function messagesIn(bytes: Buffer): string[] {
  const messages: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const blank = bytes.indexOf(' ', at);
    const end = blank + 1 + Number(bytes.subarray(at, blank).toString());
    messages.push(bytes.subarray(blank + 1, end).toString());
    at = end;
  }
  return messages;
}

describe('a message', () => {
  it('has the header of RFC 5424 and the line as its text', () => {
    const record = eventRecord('agent.stopped', { because: 'SIGTERM' });
    expect(syslogMessage({ record, line: 'the line' }, 13, sender)).toBe(
      '<110>1 2026-11-30T09:00:00.000Z FOC-LT-014 portcullis - agent.stopped [origin software="Portcullis" swVersion="0.1.0"] the line',
    );
  });

  it('cannot be forged by the name of a computer', () => {
    const record = { ...eventRecord('agent.stopped', {}), computer: { id: 'x', hostname: 'a b\n<0>1 -\u202E€' } };
    expect(syslogMessage({ record, line: '' }, 13, sender).split(' ')[2]).toBe('a_b_<0>1_-_');
  });

  it('is counted in bytes', () => {
    expect(octetCounted('€').toString()).toBe('3 €');
  });
});

describe('the syslog channel', () => {
  it('counts a batch as taken when the receiver has read all of it and closed in order', async () => {
    const chunks: Buffer[] = [];
    const port = await listening(createServer((socket) => void socket.on('data', (chunk) => chunks.push(chunk))));
    await send({ port });
    const messages = messagesIn(Buffer.concat(chunks));
    expect(messages.map((message) => message.slice(message.indexOf('] ') + 2))).toEqual(batch.map(({ line }) => line));
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['breaks off', (socket) => socket.resetAndDestroy(), 'broke the connection off'],
    ['closes before everything was sent', (socket) => void socket.end(), 'closed the connection before everything'],
    ['never reads', (socket) => void socket.pause(), 'did not confirm'],
    ['reads and never closes', (socket) => void socket.resume(), 'did not confirm'],
  ])('does not count it as taken when the receiver %s', async (_, behave, says) => {
    const port = await listening(createServer({ allowHalfOpen: true }, behave));
    await expect(send({ port })).rejects.toThrow(says);
  });

  it('gives up on a receiver that takes nothing any more, however much there is to send', async () => {
    const port = await listening(createServer({ pauseOnConnect: true }));
    const [first] = batch;
    if (!first) throw new Error('there are examples');
    const much = Array.from({ length: 40 }, () => ({ ...first, line: 'x'.repeat(512 * 1024) }));
    await expect(send({ port }, much)).rejects.toThrow('takes nothing any more');
  });

  it('takes the word of the system where the settings say so', async () => {
    const port = await listening(createServer({ allowHalfOpen: true }, (socket) => void socket.resume()));
    await expect(send({ port, confirm: 'flush' })).resolves.toBeUndefined();
  });

  it('says it when nothing listens, and stops at once when told to', async () => {
    await expect(send({ port: 1 })).rejects.toThrow('Nothing listens');
    const port = await listening(createServer({ pauseOnConnect: true, allowHalfOpen: true }));
    const stopping = new AbortController();
    const sent = channel({ port }).send(batch, stopping.signal);
    stopping.abort();
    await expect(sent).rejects.toThrow();
  });
});

describe('over TLS', () => {
  async function tlsSite(names: string[]) {
    const folder = tempFolder();
    const good = await makeCertificate(names, Date.now());
    const stranger = await makeCertificate(names, Date.now());
    writeFileSync(join(folder.path, 'good.pem'), good.certificate);
    writeFileSync(join(folder.path, 'stranger.pem'), stranger.certificate);
    const given = createTlsServer({ cert: good.certificate, key: good.key }, (socket) => void socket.resume());
    given.on('tlsClientError', () => undefined);
    return { port: await listening(given), folder };
  }
  const named = (folder: { path: string }) => (file: string) => readFileSync(join(folder.path, file));

  it('a receiver with the right authority and name takes it', async () => {
    const { port, folder } = await tlsSite(['siem.example']);
    await send({ port, tls: { ca: 'good.pem', serverName: 'siem.example' } }, batch, named(folder));
    folder[Symbol.dispose]();
  });

  it.each([
    ['signed by a stranger', { ca: 'stranger.pem', serverName: 'siem.example' }, 'signed by no authority'],
    ['for another name', { ca: 'good.pem', serverName: 'other.example' }, 'for another name'],
    ['with a missing file', { ca: 'none.pem', serverName: 'siem.example' }, 'is not there'],
  ])('a receiver %s gets nothing', async (_, tls, says) => {
    const { port, folder } = await tlsSite(['siem.example']);
    await expect(send({ port, tls }, batch, named(folder))).rejects.toThrow(says);
    folder[Symbol.dispose]();
  });
});
