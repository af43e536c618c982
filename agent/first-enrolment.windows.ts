import { rmSync } from 'node:fs';
import { readIfThere } from '#shared/files.ts';
import { parseEnrolmentCode } from '#shared/protocol/protocol.ts';
import type { Registry } from './platform/windows/registry.ts';

/** Where the installer writes what it was told (installers/windows/product.wxs): no secrets, for everybody can read it. */
const key = 'HKLM\\SOFTWARE\\Portcullis\\Enrolment';

export interface InstallersWord {
  collector: string;
  code: string;
}

/**
 * What the installer was told of the collector: `COLLECTOR=`, and either a whole enrolment code as `TOKEN=` or its two parts
 * as `TOKEN=` and `FINGERPRINT=`, which lie in a file that only the system and administrators can read. Undefined when it
 * was told nothing, or the code has been used.
 * @throws PortcullisError `badEnrolmentCode`
 */
export function installersWord(registry: Registry): InstallersWord | undefined {
  const collector = textOf(registry, 'Collector');
  const file = textOf(registry, 'CodeFile');
  const said = file === '' ? '' : (readIfThere(file) ?? '');
  const [token = '', fingerprint = ''] = said.trim().split(/\s+/);
  if (collector === '' || token === '') return undefined;
  const code = token.startsWith('pc1.') ? token : `pc1.${token}.${fingerprint.replaceAll(':', '').toLowerCase()}`;
  parseEnrolmentCode(code);
  return { collector, code };
}

/** A code works once: what is left of it only tempts. */
export function forgetInstallersWord(registry: Registry): void {
  const file = textOf(registry, 'CodeFile');
  if (file !== '') rmSync(file, { force: true });
}

function textOf(registry: Registry, name: string): string {
  const value = registry.value(key, name);
  return typeof value === 'string' ? value.trim() : '';
}
