import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A form in which an identifier might be written down by mistake. */
interface Trace {
  identifier: string;
  form: string;
  bytes: Buffer;
}

/**
 * Every form in which a ten-digit number might leak: as people write it, as programs encode it, and as hashes that
 * anyone can undo by trying all ten-digit numbers because they have no key.
 */
export function tracesOf(identifier: string): Trace[] {
  const [a, b, c] = [identifier.slice(0, 3), identifier.slice(3, 6), identifier.slice(6)];
  const written = {
    plain: identifier,
    spaced: `${a} ${b} ${c}`,
    hyphenated: `${a}-${b}-${c}`,
    dotted: `${a}.${b}.${c}`,
  };
  return Object.entries(written).flatMap(([name, text]) =>
    [
      { form: name, bytes: Buffer.from(text) },
      { form: `${name}, UTF-16`, bytes: Buffer.from(text, 'utf16le') },
      { form: `${name}, hex`, bytes: Buffer.from(Buffer.from(text).toString('hex')) },
      { form: `${name}, capital hex`, bytes: Buffer.from(Buffer.from(text).toString('hex').toUpperCase()) },
      ...[0, 1, 2].map((offset) => ({
        form: `${name}, base64 at ${offset}`,
        bytes: Buffer.from(base64At(text, offset)),
      })),
      ...hashes(text).map(({ form, bytes }) => ({ form: `${name}, ${form}`, bytes })),
    ].map((trace) => ({ identifier, ...trace })),
  );
}

function hashes(text: string): Omit<Trace, 'identifier'>[] {
  return ['md5', 'sha1', 'sha256'].flatMap((algorithm) => {
    const digest = hash(algorithm, text, 'buffer');
    const hex = digest.toString('hex');
    return [
      { form: `${algorithm} in hex`, bytes: Buffer.from(hex) },
      { form: `${algorithm} in capital hex`, bytes: Buffer.from(hex.toUpperCase()) },
      // Without the last, which holds bits of what may follow.
      { form: `${algorithm} in base64`, bytes: Buffer.from(digest.toString('base64').replace(/.=*$/, '')) },
      { form: `${algorithm} in base64url`, bytes: Buffer.from(digest.toString('base64url').slice(0, -1)) },
      { form: `${algorithm}, raw`, bytes: digest },
    ];
  });
}

/** The letters that a text surely has within the base64 of a longer one, where it begins so many bytes into a group. */
function base64At(text: string, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  const letters = whole.toString('base64').replace(/=+$/, '');
  return letters.slice(Math.ceil((offset * 8) / 6), whole.length % 3 === 0 ? undefined : -1);
}

/** Where any of these is found, and what stands around it, for the one who has to mend it. */
export function findTraces(identifiers: readonly string[], places: ReadonlyMap<string, Buffer>): string[] {
  const traces = identifiers.flatMap(tracesOf);
  return [...places].flatMap(([place, bytes]) =>
    traces.flatMap(({ identifier, form, bytes: trace }) => {
      const at = bytes.indexOf(trace);
      if (at < 0) return [];
      const around = bytes.toString('latin1', Math.max(0, at - 80), at + 80).replace(/[^ -~]+/g, '·');
      return [`${identifier} (${form}) in ${place}: ${around}`];
    }),
  );
}

/** Every file below a folder, by path. */
export function allFiles(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [file, readFileSync(file)]));
}
