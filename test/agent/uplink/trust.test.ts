import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { enrol } from '../../../agent/uplink/enrol.ts';
import { requestJson } from '../../../agent/uplink/request.ts';
import { fetchCertificate, trustingAgent } from '../../../agent/uplink/trust.ts';
import { type Certificate, makeCertificate } from '../../../collector/gateway/certificate.ts';
import { askToEnrol, enrolComputer, openSocket } from '../../fakes/agent-socket.ts';
import { realCollector } from '../../fakes/real-collector.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listening<S extends Server | HttpServer>(server: S): Promise<{ server: S; port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Tunnels are the server's no more, so they are ended by hand.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** A TLS server that notes down every byte said to it in confidence. */
async function eavesdropper({ certificate, key }: Pick<Certificate, 'certificate' | 'key'>) {
  let heard = '';
  const { server, port } = await listening(
    createServer({ cert: certificate, key }, (_request, response) => response.end('{}')),
  );
  server.on('secureConnection', (socket) =>
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    }),
  );
  return { url: new URL(`https://127.0.0.1:${port}`), heard: () => heard };
}

/** A proxy as an organisation has one: it opens tunnels and counts them. */
async function tunnelProxy() {
  const tunnels: string[] = [];
  const { server, port } = await listening(createHttpServer());
  server.on('connect', (request, client) => {
    tunnels.push(request.url ?? '');
    const { hostname, port: to } = new URL(`https://${request.url}`);
    const upstream = connect(Number(to), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  return { tunnels, environment: { HTTPS_PROXY: `http://127.0.0.1:${port}` } };
}

/** A certificate for 127.0.0.1 that an authority vouches for, and that authority's own. */
async function vouchedFor(name = '127.0.0.1') {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [authorityKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Test authority',
    ...life,
    signingAlgorithm: algorithm,
    keys: authorityKeys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const leaf = await X509CertificateGenerator.create({
    subject: 'CN=Collector',
    issuer: authority.subject,
    ...life,
    signingAlgorithm: algorithm,
    signingKey: authorityKeys.privateKey,
    publicKey: keys.publicKey,
    extensions: [new SubjectAlternativeNameExtension([{ type: /^[\d.]+$/.test(name) ? 'ip' : 'dns', value: name }])],
  });
  const exported = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${exported}\n-----END PRIVATE KEY-----\n`;
  return { authority: authority.toString('pem'), certificate: leaf.toString('pem'), key };
}

describe('an agent', () => {
  let ours: Certificate;
  let another: Certificate;
  beforeAll(async () => {
    [ours, another] = await Promise.all([
      makeCertificate(['127.0.0.1'], Date.now()),
      makeCertificate(['127.0.0.1'], Date.now()),
    ]);
  });
  const pinning = ({ fingerprint, certificate: trusted }: Certificate) => ({ fingerprint, trusted });
  const get = (url: URL, agent: ReturnType<typeof trustingAgent>) =>
    requestJson(url, { agent, method: 'GET', token: 'secret-token' });

  it('speaks to the collector whose certificate it pinned', async () => {
    const server = await eavesdropper(ours);
    expect(await get(server.url, trustingAgent(pinning(ours), {}))).toMatchObject({ status: 200 });
    expect(server.heard()).toContain('secret-token');
  });

  it('says nothing at all to a server with another certificate', async () => {
    const server = await eavesdropper(another);
    await expect(get(server.url, trustingAgent(pinning(ours), {}))).rejects.toMatchObject({
      code: 'collectorUnreachable',
    });
    const socket = openSocket({ url: server.url.href, https: trustingAgent(pinning(ours), {}) });
    await socket.closed;
    expect(server.heard()).toBe('');
  });

  it('fetches a certificate without a word, and takes only the one it was told of', async () => {
    const server = await eavesdropper(another);
    expect(await fetchCertificate(server.url, another.fingerprint)).toContain('BEGIN CERTIFICATE');
    await expect(fetchCertificate(server.url, ours.fingerprint)).rejects.toMatchObject({ code: 'wrongCertificate' });
    expect(server.heard()).toBe('');
  });

  it('says in a sentence that nobody answers', async () => {
    await expect(fetchCertificate(new URL('https://127.0.0.1:1'), ours.fingerprint)).rejects.toMatchObject({
      code: 'collectorUnreachable',
      retry: true,
    });
  });

  it('takes any certificate its authority vouches for, so that it may be renewed', async () => {
    const { authority, ...shown } = await vouchedFor();
    const server = await eavesdropper(shown);
    const trust = { fingerprint: null, trusted: authority };
    expect(await get(server.url, trustingAgent(trust, {}))).toMatchObject({ status: 200 });
  });

  it.each<[string, () => Promise<Pick<Certificate, 'certificate' | 'key'>>]>([
    ['of another authority', () => vouchedFor()],
    ['for another name', () => vouchedFor('collector.example')],
    ['of nobody', () => Promise.resolve(another)],
  ])('that trusts an authority says nothing to a server with a certificate %s', async (what, make) => {
    const { authority, ...named } = await vouchedFor('collector.example');
    const server = await eavesdropper(what === 'for another name' ? named : await make());
    await expect(get(server.url, trustingAgent({ fingerprint: null, trusted: authority }, {}))).rejects.toThrow();
    expect(server.heard()).toBe('');
  });
});

describe('behind a proxy', () => {
  it('everything goes through it: certificate, enrolment and socket', async () => {
    await using collector = await realCollector();
    const proxy = await tunnelProxy();
    const { identity } = await enrol({
      url: collector.url,
      code: await collector.code(),
      hostname: 'test',
      version: '0.1.0',
      proxyEnv: proxy.environment,
    });
    const { host } = new URL(collector.url);
    expect(proxy.tunnels).toEqual([host, host]);
    const https = trustingAgent(identity.collector, proxy.environment);
    await using socket = openSocket({ url: collector.url, https });
    await socket.next('challenge');
    expect(proxy.tunnels).toEqual([host, host, host]);
  });

  it('what NO_PROXY names goes directly', async () => {
    await using collector = await realCollector();
    const proxy = await tunnelProxy();
    const { fingerprint } = collector.certificate;
    await fetchCertificate(new URL(collector.url), fingerprint, { ...proxy.environment, NO_PROXY: '127.0.0.1' });
    expect(proxy.tunnels).toEqual([]);
  });

  it('a certificate that the proxy puts in place of the collector’s is refused', async () => {
    await using collector = await realCollector();
    const { https } = await enrolComputer(collector);
    const other = await eavesdropper(await makeCertificate(['127.0.0.1'], Date.now()));
    await expect(requestJson(other.url, { agent: https, method: 'GET', token: 'secret-token' })).rejects.toThrow();
    expect(other.heard()).toBe('');
    expect(await askToEnrol(collector)).toMatchObject({ status: 200 });
  });
});

describe('enrolment', () => {
  it.each([
    ['an address that is none', { url: 'collector' }, 'badAddress'],
    ['an address without TLS', { url: 'http://127.0.0.1:1' }, 'badAddress'],
    ['a code that is none', { code: 'pc1.short.code' }, 'badEnrolmentCode'],
    ['a code for another certificate', { code: `pc1.${'x'.repeat(32)}.${'0'.repeat(64)}` }, 'wrongCertificate'],
  ])('is refused with %s', async (_what, change, code) => {
    await using collector = await realCollector();
    const options = {
      url: collector.url,
      code: await collector.code(),
      hostname: 'test',
      version: '0.1.0',
      proxyEnv: {},
    };
    await expect(enrol({ ...options, ...change })).rejects.toMatchObject({ code });
  });

  it('is refused with a token that was used, and says what to do', async () => {
    await using collector = await realCollector();
    const options = {
      url: collector.url,
      code: await collector.code(),
      hostname: 'test',
      version: '0.1.0',
      proxyEnv: {},
    };
    const { identity } = await enrol(options);
    expect(identity).toMatchObject({ organisation: 'Test organisation', collector: { url: collector.url } });
    await expect(enrol(options)).rejects.toMatchObject({
      code: 'tokenRefused',
      message: expect.stringContaining('token create'),
    });
  });
});
