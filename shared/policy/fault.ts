import type Type from 'typebox';
import { cleanText } from '../text.ts';

/** Where in a document: names of members and places in lists, from the top. */
export type Path = readonly (string | number)[];

/** What is wrong with a document, and where. */
export interface Fault {
  path: Path;
  says: string;
  /** The fault lies in the name of the member and not in its value. */
  inName?: boolean;
}

/** One error as the schema library tells it. */
export interface SchemaError {
  keyword: string;
  schemaPath: string;
  instancePath: string;
  params: object;
  message: string;
}

/** The error a person should mend first, in their words: with what may stand there and what was probably meant. */
export function faultOf(errors: readonly SchemaError[], schema: Type.TSchema, value: unknown): Fault {
  const telling = errors.filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf');
  const deepest = Math.max(...telling.map(({ instancePath }) => depthOf(instancePath)));
  const candidates = telling.filter(({ instancePath }) => depthOf(instancePath) === deepest);
  const error = mostTelling(candidates) ?? errors[0];
  if (!error) return { path: [], says: 'it does not fit' };
  const path = pathOf(error.instancePath, value);
  return { path: [...path, ...unknownName(error)], ...saying(error, schema, valueAt(value, path)) };
}

/** A misspelt name before the one that is missing for it; a wrong type last, since it may be of a branch not meant. */
function mostTelling(errors: readonly SchemaError[]): SchemaError | undefined {
  const named = (wanted: string) => errors.find(({ keyword }) => keyword === wanted);
  return named('additionalProperties') ?? errors.find(({ keyword }) => keyword !== 'type') ?? errors[0];
}

const depthOf = (pointer: string): number => pointer.split('/').length;

function unknownName({ keyword, params }: SchemaError): string[] {
  const { additionalProperties } = params as { additionalProperties?: string[] };
  return keyword === 'additionalProperties' ? (additionalProperties?.slice(0, 1) ?? []) : [];
}

function saying(error: SchemaError, schema: Type.TSchema, given: unknown): Pick<Fault, 'says' | 'inName'> {
  const { keyword, message } = error;
  const [name] = unknownName(error);
  if (name !== undefined) return { says: strangerSays(name, error, schema), inName: true };
  if (keyword === 'enum') return { says: enumSays(error, given) };
  if (keyword === 'type' && typeof given === 'number' && message.includes('string')) {
    return { says: 'this is a number and should be text; put it in quotes' };
  }
  if (keyword === 'required') return { says: `${missingNames(error)} is missing` };
  if (keyword === 'minProperties') return { says: 'it is empty; name at least one member' };
  if (keyword === 'type') return { says: message };
  const meaning = descriptionAt(error.schemaPath, schema);
  return { says: meaning === undefined ? message : `it does not fit. What goes here: ${meaning}` };
}

function missingNames({ params }: SchemaError): string {
  const { requiredProperties = [] } = params as { requiredProperties?: string[] };
  return requiredProperties.map((name) => `"${name}"`).join(', ');
}

function enumSays({ params }: SchemaError, given: unknown): string {
  const { allowedValues = [] } = params as { allowedValues?: unknown[] };
  const words = allowedValues.map(String);
  // An object may even say how it is written, and say it wrongly.
  const guess = typeof given === 'object' ? '' : meant(String(given), words);
  return guess === '' ? `it must be one of ${words.join(', ')}` : `this word is not known here${guess}`;
}

function strangerSays(name: string, error: SchemaError, schema: Type.TSchema): string {
  const known = Object.keys(nodesAlong(error.schemaPath, schema).at(-1)?.properties ?? {});
  const shown = `there is no "${cleanText(name, 60)}" here`;
  const guess = meant(name, known);
  if (guess !== '') return shown + guess;
  const home = partWith(name, nodesAlong(error.schemaPath, schema));
  if (home !== undefined) return `${shown}; it belongs under "${home}"`;
  return known.length === 0 ? shown : `${shown}; there are ${known.join(', ')}`;
}

/** The part of a condition that has such a fact: `encryption` asked of the device is a fact of the volume. */
function partWith(name: string, nodes: readonly SchemaNode[]): string | undefined {
  const condition = nodes.findLast(({ properties }) => properties !== undefined && 'volume' in properties);
  return Object.entries(condition?.properties ?? {}).find(([, part]) =>
    Object.hasOwn(part.properties ?? {}, name),
  )?.[0];
}

/** `; did you mean "…"?` when one of the words is near, else nothing. */
export function meant(given: string, words: readonly string[]): string {
  const near = words
    .map((word) => ({ word, far: editDistance(given.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, far }) => far <= Math.ceil(word.length / 3))
    .sort((a, b) => a.far - b.far)[0];
  return near ? `; did you mean "${near.word}"?` : '';
}

/** How many letters must be put in, taken out or changed to make one word of the other. */
export function editDistance(one: string, other: string): number {
  if (one.length > 100 || other.length > 100) return 100;
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, against] of [...other].entries()) {
      const swap = (previous[column] ?? 0) + (letter === against ? 0 : 1);
      current.push(Math.min(swap, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}

interface SchemaNode {
  description?: string;
  properties?: Record<string, SchemaNode>;
  $ref?: string;
  $defs?: Record<string, SchemaNode>;
  [member: string]: unknown;
}

/** The schemas one passes on the way to a place in the schema, outermost first. */
function nodesAlong(schemaPath: string, schema: Type.TSchema): SchemaNode[] {
  const nodes: SchemaNode[] = [];
  let definitions: Record<string, SchemaNode> = {};
  let node: unknown = schema;
  for (const step of ['', ...schemaPath.split('/').slice(1)]) {
    if (step !== '') node = (node as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/')];
    const { $defs, $ref } = (node ?? {}) as SchemaNode;
    definitions = { ...definitions, ...$defs };
    if ($ref !== undefined) node = definitions[$ref];
    if (typeof node === 'object' && node !== null) nodes.push(node as SchemaNode);
  }
  return nodes;
}

function descriptionAt(schemaPath: string, schema: Type.TSchema): string | undefined {
  return nodesAlong(schemaPath, schema).findLast(({ description }) => description !== undefined)?.description;
}

function pathOf(pointer: string, value: unknown): (string | number)[] {
  let at = value;
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(at) ? Number(name) : name;
      at = (at as Record<string | number, unknown> | undefined)?.[step];
      return step;
    });
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<string | number, unknown> | undefined)?.[step], value);
}
