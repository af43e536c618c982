import { PortcullisError } from '#shared/errors.ts';
import { newKeyPair } from '#shared/identity.ts';
import { EnrolResponse, parseEnrolmentCode, paths, type SignedPolicy } from '#shared/protocol/protocol.ts';
import { checker } from '#shared/schema.ts';
import { type Identity, newNameKey } from '../identity.ts';
import { requestJson } from './request.ts';
import { fetchCertificate, type ProxyEnvironment, type Trust, trustingAgent } from './trust.ts';

export interface EnrolOptions {
  url: string;
  /** From `portcullis-collector token create`. */
  code: string;
  hostname: string;
  version: string;
  proxyEnv: ProxyEnvironment;
  /** PEM of the authority that vouches for the collector; then the certificate is not pinned and may be renewed. */
  authority?: string;
}

/**
 * Exchanges a one-time code for an identity. The key is made here; only its public half is sent.
 * @throws PortcullisError `badEnrolmentCode`, `wrongCertificate`, `collectorUnreachable`, `tokenRefused`
 */
export async function enrol(options: EnrolOptions): Promise<{ identity: Identity; policy: SignedPolicy }> {
  const url = parseUrl(options.url);
  const { token, fingerprint } = parseEnrolmentCode(options.code);
  const trust: Trust = options.authority
    ? { fingerprint: null, trusted: options.authority }
    : { fingerprint, trusted: await fetchCertificate(url, fingerprint, options.proxyEnv) };
  const keys = newKeyPair();
  const { status, body } = await requestJson(new URL(paths.enrol, url), {
    agent: trustingAgent(trust, options.proxyEnv),
    method: 'POST',
    body: { token, publicKey: keys.publicKey, hostname: options.hostname, version: options.version },
  });
  if (status !== 200) throw new PortcullisError('tokenRefused', saysOf(body));
  const { computerId, organisation, collectorKey, codeSecret, policy } = checker(EnrolResponse).parse(
    body,
    "The collector's answer",
  );
  const collector = { url: url.origin, key: collectorKey, ...trust };
  const { privateKeyPem } = keys;
  const identity = { computerId, organisation, privateKeyPem, nameKey: newNameKey(), codeSecret, collector };
  return { identity, policy };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:')
    throw new PortcullisError(
      'badAddress',
      `"${text}" is no collector address. It looks like https://collector.example:8443`,
    );
  return url;
}

function saysOf(body: unknown): string {
  const says = typeof body === 'object' && body !== null && 'says' in body ? body.says : undefined;
  return typeof says === 'string' ? says.slice(0, 500) : 'The collector refused the enrolment.';
}
