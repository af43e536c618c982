import Type from 'typebox';
import { Compile } from 'typebox/schema';
import { InvalidError } from './errors.ts';
import { longestText } from './text.ts';

/** Object that refuses unknown members, so that a misspelt name is an error and not a silence. */
export function exactObject<P extends Type.TProperties>(properties: P, options: Type.TObjectOptions = {}) {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

/** One of a closed list of words. */
export function oneOf<const W extends readonly string[]>(words: W, options: Type.TSchemaOptions = {}) {
  return Type.Unsafe<W[number]>({ ...options, type: 'string', enum: [...words] });
}

export const Text = Type.String({ maxLength: longestText });
export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const Sequence = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
/** UTC with milliseconds: `2026-11-21T20:15:00.000Z`. */
export const Time = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });
export const Sha256Hex = Type.String({ pattern: '^[0-9a-f]{64}$' });
export const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' });
/** Raw bytes as unpadded base64url: keys (32 bytes), signatures (64 bytes), nonces. */
export const Base64Url = Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 128 });

export interface Checker<T> {
  /** True and narrowed when the value fits. */
  check(value: unknown): value is T;
  /** The value, typed. @throws InvalidError naming the first place that does not fit and why */
  parse(value: unknown, what: string): T;
}

/** Compiles a schema once, to be used many times. Takes about 5 ms; a check then takes well under a microsecond. */
export function checker<S extends Type.TSchema>(schema: S): Checker<Type.Static<S>> {
  const compiled = Compile(schema);
  const check = (value: unknown): value is Type.Static<S> => compiled.Check(value);
  return {
    check,
    parse(value, what) {
      if (check(value)) return value;
      throw new InvalidError(`${what} does not fit: ${firstFault(compiled.Errors(value)[1])}.`);
    },
  };
}

interface Fault {
  instancePath: string;
  message: string;
  params: object;
}

/** The fault a person should mend first, in words that hold no part of the faulty value. */
function firstFault(faults: Iterable<Fault>): string {
  let found: Fault | undefined;
  for (const fault of faults) {
    // The deepest place is the most exact one; unions report every branch, so prefer what is further in.
    if (!found || fault.instancePath.length > found.instancePath.length) found = fault;
  }
  if (!found) return 'unknown fault';
  const place = found.instancePath === '' ? 'at the top' : `at ${found.instancePath.slice(0, 120)}`;
  return `${place}: ${found.message}`;
}
