import { X509Certificate } from 'node:crypto';
import { Agent, type AgentOptions, type RequestOptions, request } from 'node:https';
import type { Duplex } from 'node:stream';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { PortcullisError } from '#shared/errors.ts';
import type { Identity } from '../identity.ts';

/** Whom to take for the collector. */
export type Trust = Pick<Identity['collector'], 'fingerprint' | 'trusted'>;

/** Proxy settings as other programs know them: HTTPS_PROXY and NO_PROXY. */
export type ProxyEnvironment = Record<string, string | undefined>;

/**
 * An HTTPS agent that speaks to the one collector it was told of, through the organisation's proxy if there is one.
 *
 * A pinned certificate is trusted for being the very one that this computer was enrolled with, whoever signed it, whatever
 * name it carries, and on whatever day: nobody but the holder of its key can show it, and no clock makes that more or less
 * true. So a computer whose clock went back is heard, and no estate falls silent on the day a pinned certificate ends. What an
 * authority vouches for is judged as everywhere, dates included: they bound how long its word counts.
 */
export function trustingAgent({ fingerprint, trusted }: Trust, proxyEnv: ProxyEnvironment): Agent {
  const usual = { ca: trusted, minVersion: 'TLSv1.2', keepAlive: false, proxyEnv } as const;
  if (fingerprint === null) return new Agent(usual);
  if (!isSpokenToByTls(proxyEnv)) return new PinningAgent(fingerprint, usual);
  return new Agent({
    ...usual,
    allowPartialTrustChain: true,
    checkServerIdentity: (_host: string, shown: PeerCertificate) =>
      isPinned(shown, fingerprint) ? undefined : wrongCertificate(),
  });
}

/** Then the first handshake is the proxy's, which PinningAgent could not tell from the collector's: dates count there. */
function isSpokenToByTls({ https_proxy: lower, HTTPS_PROXY: upper }: ProxyEnvironment): boolean {
  return [lower, upper].some((proxy) => proxy?.toLowerCase().startsWith('https:'));
}

type Connected = NonNullable<Parameters<Agent['createConnection']>[1]>;

/** Hands a connection out only after the other side has proved that it holds the key of the one certificate. */
class PinningAgent extends Agent {
  readonly #fingerprint: string;
  readonly #unproved = new Set<TLSSocket>();

  constructor(fingerprint: string, options: AgentOptions) {
    // The certificate is compared as a whole, at every connection: nothing is left for OpenSSL to say of it.
    super({ ...options, rejectUnauthorized: false, maxCachedSessions: 0 });
    this.#fingerprint = fingerprint;
  }

  override createConnection(options: RequestOptions, connected: Connected): Duplex | null | undefined {
    const prove = (socket: TLSSocket): void => {
      if (isPinned(socket.getPeerCertificate(), this.#fingerprint)) connected(null, socket);
      else refuse(wrongCertificate(), socket);
    };
    const refuse = (error: Error, socket: Duplex): void => {
      socket.destroy();
      connected(error, socket);
    };
    const socket = super.createConnection(options, (error, tunnel) =>
      error ? connected(error, tunnel) : prove(tunnel as TLSSocket),
    );
    // To the proxy first; what comes out of it is secured when it is handed over.
    if (!(socket instanceof TLSSocket)) return socket;
    this.#unproved.add(socket);
    socket.once('close', () => this.#unproved.delete(socket));
    const failed = (error: Error) => refuse(error, socket);
    const silent = () => refuse(new PortcullisError('ETIMEDOUT', 'The other side says nothing.'), socket);
    socket.once('error', failed).once('timeout', silent);
    socket.once('secureConnect', () => {
      socket.off('error', failed).off('timeout', silent);
      this.#unproved.delete(socket);
      prove(socket);
    });
    return undefined;
  }

  override destroy(): void {
    for (const socket of this.#unproved) socket.destroy();
    super.destroy();
  }
}

function isPinned({ fingerprint256 }: Partial<PeerCertificate>, fingerprint: string): boolean {
  return fingerprint256 !== undefined && fingerprintOf(fingerprint256) === fingerprint;
}

function fingerprintOf(colonSeparated: string): string {
  return colonSeparated.replaceAll(':', '').toLowerCase();
}

function wrongCertificate(): PortcullisError {
  return new PortcullisError(
    'wrongCertificate',
    'The collector shows another certificate than the one this computer was enrolled with.',
    { retry: true },
  );
}

/**
 * Fetches the certificate a collector shows, without saying anything to it, and checks it against a fingerprint.
 * @throws PortcullisError `wrongCertificate`, `collectorUnreachable`
 */
export async function fetchCertificate(
  url: URL,
  fingerprint: string,
  proxyEnv: ProxyEnvironment = {},
): Promise<string> {
  const certificate = new X509Certificate(await shownCertificate(url, proxyEnv));
  if (fingerprintOf(certificate.fingerprint256) !== fingerprint) throw wrongCertificate();
  return certificate.toString();
}

/** A request that is never ended says nothing, but goes through the proxy and as far as the certificate. */
function shownCertificate(url: URL, proxyEnv: ProxyEnvironment): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Not verified here: it is compared with the fingerprint before anything is sent.
    const agent = new Agent({ proxyEnv, rejectUnauthorized: false });
    const unsent = request(url, { agent, timeout: 10_000 });
    unsent.on('socket', (socket) => {
      const secured = socket as TLSSocket;
      const look = () => {
        const { raw }: { raw?: Buffer } = secured.getPeerCertificate();
        if (!raw) return;
        resolve(raw);
        unsent.destroy();
      };
      secured.once('secureConnect', look);
      // Through a proxy the socket is handed over when it is secured already.
      look();
    });
    unsent.on('timeout', () => unsent.destroy(new Error('timeout')));
    unsent.on('error', (cause) => {
      const says = `No collector answers at ${url.origin}. Check the address, the proxy and the firewall.`;
      reject(new PortcullisError('collectorUnreachable', says, { retry: true, cause }));
    });
  });
}
