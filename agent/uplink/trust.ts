import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { PortcullisError } from '#shared/errors.ts';
import type { Identity } from '../identity.ts';

/** Whom to take for the collector. */
export type Trust = Pick<Identity['collector'], 'fingerprint' | 'trusted'>;

/** Proxy settings as other programs know them: HTTPS_PROXY and NO_PROXY. */
export type ProxyEnvironment = Record<string, string | undefined>;

/** An HTTPS agent that speaks to the one collector it was told of, through the organisation's proxy if there is one. */
export function trustingAgent({ fingerprint, trusted }: Trust, proxyEnv: ProxyEnvironment): Agent {
  const pinned = fingerprint !== null && {
    // The pinned certificate is trusted as it is, whoever signed it and whatever name it carries.
    allowPartialTrustChain: true,
    checkServerIdentity: (_host: string, shown: PeerCertificate) =>
      fingerprintOf(shown.fingerprint256) === fingerprint ? undefined : wrongCertificate(),
  };
  return new Agent({ ca: trusted, minVersion: 'TLSv1.2', keepAlive: false, proxyEnv, ...pinned });
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
