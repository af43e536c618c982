import { cleanText } from '#shared/text.ts';
import type { Scanned } from './scanner.ts';

/** `ClamAV 1.4.6/27450/Fri Nov 21 08:30:01 2025`: engine, number and day of the signatures. */
export function versionOf(text: string): Pick<Scanned, 'engine' | 'signatures'> {
  const [engine = '', number, day] = text.trim().split('/');
  const signatures = [number, day].filter((part) => part !== undefined && part !== '').join(', ');
  return { engine: cleanText(engine, 100), ...(signatures && { signatures: cleanText(signatures, 100) }) };
}
