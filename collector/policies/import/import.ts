import { InvalidError } from '#shared/errors.ts';
import type { Imported } from './carry.ts';
import { importCrowdstrike } from './crowdstrike.ts';
import { importDefenderJson } from './defender-json.ts';
import { importDefenderXml } from './defender-xml.ts';
import { parseJson, type SourceFile } from './source.ts';
import { importUsbguard } from './usbguard.ts';

export const formats = ['defender-xml', 'defender-json', 'usbguard', 'crowdstrike'] as const;
export type Format = (typeof formats)[number];

/**
 * Carries the policy of another product over into ours. Nothing is widened: a permit whose conditions cannot all be
 * said here is left out, a denial is kept at least as wide, and everything that differs is named.
 * @param format told from the text when it is not given
 * @throws InvalidError with file, place and reason, for a file that is not of its form
 */
export function importPolicy(files: readonly SourceFile[], format?: Format): Imported {
  const [first, second] = files;
  if (!first) throw new InvalidError('There is no file to import.');
  const chosen = format ?? formatOf(first);
  if (chosen === 'defender-xml') return importDefenderXml(files);
  if (second) throw new InvalidError(`A policy of the form ${chosen} is one file. Hand over ${first.name} alone.`);
  const importers = { 'defender-json': importDefenderJson, usbguard: importUsbguard, crowdstrike: importCrowdstrike };
  return importers[chosen](first);
}

function formatOf(file: SourceFile): Format {
  const start = file.text.replace(/^\uFEFF/, '').trimStart();
  if (start.startsWith('<')) return 'defender-xml';
  if (!/^[{[]/.test(start)) return 'usbguard';
  const value = parseJson(file);
  return typeof value === 'object' && value !== null && 'groups' in value ? 'defender-json' : 'crowdstrike';
}
