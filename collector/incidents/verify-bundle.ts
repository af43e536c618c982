import type Type from 'typebox';
import { lineHash } from '#shared/events/chain.ts';
import { verifier } from '#shared/identity.ts';
import { Base64Url, checker, exactObject, Time } from '#shared/schema.ts';
import { bundle, openBundle } from '../documents/bundle.ts';
import { bundleContext, signatureName, signedText } from './evidence-bundle.ts';
import { proveChain, readChainProof } from './evidence-proof.ts';

const Signature = exactObject({ key: Base64Url, signature: Base64Url, at: Time });

export interface BundleVerified {
  holds: boolean;
  /** `INC-2026-0007`, when it could be read. */
  number: string | null;
  files: number;
  events: number;
  /** Events that a signature of their computer covers. */
  proven: number;
  /** Public key of the collector that signed it. */
  key: string | null;
  faults: string[];
}

/**
 * Checks an evidence bundle by itself: that every file and every byte of the ZIP is as it was written, that the
 * collector signed it, and that each event was signed by its computer. Pure.
 * @param expectedKey the collector's public key, where it is known from elsewhere
 * @throws InvalidError when the file is no bundle at all
 */
export function verifyBundle(zip: Uint8Array, expectedKey?: string): BundleVerified {
  const { files, faults } = openBundle(zip);
  const text = (name: string) => {
    const content = files.get(name);
    return content && Buffer.from(content).toString('utf8');
  };
  const signed = readSignature(text(signatureName));
  const events = eventFaults(files);
  const found = [
    ...faults,
    ...signatureFaults(files, signed, expectedKey),
    ...(signed ? packingFaults(zip, files, Date.parse(signed.at)) : []),
    ...events.faults,
  ];
  return {
    holds: found.length === 0,
    number: numberIn(text('incident.json')),
    files: files.size,
    events: events.events,
    proven: events.proven,
    key: signed?.key ?? null,
    faults: found,
  };
}

type Files = ReadonlyMap<string, Uint8Array>;

function readSignature(text: string | undefined): Type.Static<typeof Signature> | undefined {
  const value = parsed(text);
  return checker(Signature).check(value) ? value : undefined;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function signatureFaults(
  files: Files,
  signed: Type.Static<typeof Signature> | undefined,
  expectedKey: string | undefined,
): string[] {
  if (!signed)
    return [`${signatureName} is missing or cannot be read, so nothing says which collector made the bundle.`];
  const others = [...files].filter(([name]) => name !== signatureName);
  const faults: string[] = [];
  if (!isSigned(signed, signedText(signed.at, others)))
    faults.push('The signature of the collector does not fit the files.');
  if (expectedKey !== undefined && expectedKey !== signed.key) {
    faults.push('The bundle was signed by another collector than the one that was expected.');
  }
  return faults;
}

/** A key that is none signed nothing. */
function isSigned({ key, signature }: Type.Static<typeof Signature>, text: string): boolean {
  try {
    return verifier(key)(bundleContext, text, signature);
  } catch {
    return false;
  }
}

/** Packing the same files again gives the same bytes: whatever else differs was put there afterwards. */
function packingFaults(zip: Uint8Array, files: Files, at: number): string[] {
  const again = repacked(files, at);
  if (again === undefined) return ['The bundle holds names of files that none of ours has.'];
  const place = again.findIndex((byte, index) => byte !== zip[index]);
  if (place === -1 && again.length === zip.length) return [];
  return [`The ZIP around the files is not as it was written, from byte ${place === -1 ? again.length : place} on.`];
}

function repacked(files: Files, at: number): Uint8Array | undefined {
  try {
    return bundle(
      [...files].map(([name, content]) => ({ name, content })),
      at,
      { stored: true },
    );
  } catch {
    return undefined;
  }
}

function eventFaults(files: Files): Pick<BundleVerified, 'events' | 'proven' | 'faults'> {
  const all = { events: 0, proven: 0, faults: [] as string[] };
  for (const [name, content] of files) {
    const [, computer] = /^events\/(.+)\.jsonl$/.exec(name) ?? [];
    if (computer === undefined) continue;
    const one = provenLines(
      Buffer.from(content).toString('utf8'),
      files.get(`events/${computer}.proof.json`),
      computer,
    );
    all.events += one.events;
    all.proven += one.proven;
    all.faults.push(...one.faults);
  }
  return all;
}

function provenLines(
  text: string,
  proof: Uint8Array | undefined,
  computer: string,
): Pick<BundleVerified, 'events' | 'proven' | 'faults'> {
  const lines = text.split('\n').filter((line) => line !== '');
  if (!proof) return { events: lines.length, proven: 0, faults: [`The proof of computer ${computer} is missing.`] };
  let chain: ReturnType<typeof proveChain>;
  try {
    const read = readChainProof(Buffer.from(proof).toString('utf8'));
    if (read.computerId !== computer) throw new TypeError('it is the proof of another computer');
    chain = proveChain(read);
  } catch {
    return { events: lines.length, proven: 0, faults: [`The proof of computer ${computer} cannot be read.`] };
  }
  const faults = lines.flatMap((line) => {
    const seq = numberOf(line);
    if (seq === undefined) return [`An event of computer ${computer} has no number.`];
    if (chain.hashes.get(seq) !== lineHash(line).toString('hex')) {
      return [`Event ${seq} of computer ${computer} is not what its computer signed.`];
    }
    return chain.isProven(seq) ? [] : [`No signature of computer ${computer} covers event ${seq}.`];
  });
  return { events: lines.length, proven: lines.length - faults.length, faults };
}

function numberOf(line: string): number | undefined {
  const value = parsed(line);
  const seq = typeof value === 'object' && value !== null && 'seq' in value ? value.seq : undefined;
  return typeof seq === 'number' ? seq : undefined;
}

function numberIn(text: string | undefined): string | null {
  const value = parsed(text) as { incident?: { number?: unknown } } | undefined;
  const number = value?.incident?.number;
  return typeof number === 'string' && /^INC-\d{4}-\d{4,6}$/.test(number) ? number : null;
}

export function bundleText({ holds, number, files, events, proven, key, faults }: BundleVerified): string {
  const what = `${number ?? 'An incident without a readable number'}: ${files} files, ${proven} of ${events} events proven by their computers.`;
  if (holds) return `${what}\nThe bundle holds. Signed by the collector with the key ${key}`;
  return [what, 'THE BUNDLE DOES NOT HOLD.', ...faults.slice(0, 50)].join('\n');
}
