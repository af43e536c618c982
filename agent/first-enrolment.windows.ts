import { parseEnrolmentCode } from '#shared/protocol/protocol.ts';
import type { Registry } from './platform/windows/registry.ts';

/** Where the installer writes what it was told (installers/windows/product.wxs). */
const key = 'HKLM\\SOFTWARE\\Portcullis\\Enrolment';
/** The collector's address alone is no secret, and an administrator may want to look it up. */
const secrets = ['Token', 'Fingerprint'] as const;

export interface InstallersWord {
  collector: string;
  code: string;
}

/**
 * What the installer was told of the collector: `COLLECTOR=`, and either a whole enrolment code as `TOKEN=` or its two parts
 * as `TOKEN=` and `FINGERPRINT=`. Undefined when it was told nothing.
 * @throws PortcullisError `badEnrolmentCode`
 */
export function installersWord(registry: Registry): InstallersWord | undefined {
  const text = (name: string) => {
    const value = registry.value(key, name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const [collector, token, fingerprint] = [text('Collector'), text('Token'), text('Fingerprint')];
  if (collector === '' || token === '') return undefined;
  const code = token.startsWith('pc1.') ? token : `pc1.${token}.${fingerprint.replaceAll(':', '').toLowerCase()}`;
  parseEnrolmentCode(code);
  return { collector, code };
}

/** A code works once: what is left of it only tempts. */
export function forgetInstallersWord(registry: Registry): void {
  for (const name of secrets) registry.remove(key, name);
}
