import Type from 'typebox';
import { Compile, type Validator } from 'typebox/schema';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { InvalidError } from '../errors.ts';
import { exactObject } from '../schema.ts';
import { policyFaults, ruleBookFaults } from './check.ts';
import { type Fault, faultOf, type Path } from './fault.ts';
import { Lists, Policy, Rules } from './schema.ts';

/**
 * Reads a policy from YAML text.
 * @throws InvalidError that names the place and the fault, for text that is no YAML, has doubled keys or aliases,
 * does not fit the schema, refers to something it does not have, or would deny every keyboard
 */
export function loadPolicy(text: string): Policy {
  return openPolicy(text).policy;
}

/** A policy together with where each of its parts stands in the text. */
export interface OpenPolicy {
  policy: Policy;
  lineOf(path: Path): number | undefined;
}

/** Reads a policy and keeps the places. @throws InvalidError as `loadPolicy` does */
export function openPolicy(text: string): OpenPolicy {
  const source = read(text);
  const policy = fitting<Policy>(source, checkers.policy());
  refuse(source, policyFaults(policy));
  return { policy, lineOf: (path) => positionOf(source, { path, says: '' })?.line };
}

/** Some rules and defaults without the rest of a policy: what an importer makes. */
export const Fragment = exactObject(
  {
    devices: Type.Optional(exactObject({ defaults: Type.Partial(Policy.properties.devices.properties.defaults) })),
    lists: Type.Optional(Lists),
    rules: Type.Optional(Rules),
  },
  { description: 'A fragment of a policy' },
);
export type Fragment = Type.Static<typeof Fragment>;

/** Reads a fragment of a policy from YAML text. @throws InvalidError as `loadPolicy` does */
export function loadFragment(text: string): Fragment {
  const source = read(text);
  const fragment = fitting<Fragment>(source, checkers.fragment());
  refuse(source, ruleBookFaults(fragment));
  return fragment;
}

interface Source {
  document: Document;
  lines: LineCounter;
  value: unknown;
}

interface Compiled {
  schema: Type.TSchema;
  compiled: Validator;
}

/** Compiled at first use and kept: that takes some 30 ms, and a collector loads policies by the dozen. */
function compiledOnce(schema: Type.TSchema): () => Compiled {
  let made: Compiled | undefined;
  return () => {
    made ??= { schema, compiled: Compile(schema) };
    return made;
  };
}
const checkers = { policy: compiledOnce(Policy), fragment: compiledOnce(Fragment) };

function read(text: string): Source {
  const lines = new LineCounter();
  try {
    const options = { schema: 'core', uniqueKeys: true, merge: false, lineCounter: lines } as const;
    const document = parseDocument(text, options);
    const [fault] = document.errors;
    if (fault) throw new InvalidError(`The policy is not valid YAML: ${fault.message.split('\n')[0]}`);
    return { document, lines, value: withoutAliases(document, lines) };
  } catch (error) {
    if (error instanceof InvalidError) throw error;
    throw new InvalidError('The policy is not valid YAML: it is nested too deeply.', { cause: error });
  }
}

/** No aliases: a few lines of them can unfold to gigabytes. */
function withoutAliases(document: Document, lines: LineCounter): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    visit(document, {
      Alias(_key, { range }) {
        const { line, col } = lines.linePos(range?.[0] ?? 0);
        throw new InvalidError(`The policy, line ${line}, column ${col}: aliases are not taken. Write it out.`);
      },
    });
    throw error;
  }
}

function fitting<T>(source: Source, { schema, compiled }: Compiled): T {
  const { value } = source;
  try {
    if (compiled.Check(value)) return value as T;
  } catch (error) {
    throw new InvalidError('The policy is nested too deeply.', { cause: error });
  }
  throw refusal(source, faultOf(compiled.Errors(value)[1], schema, value));
}

function refuse(source: Source, faults: Iterable<Fault>): void {
  for (const fault of faults) throw refusal(source, fault);
}

function refusal(source: Source, fault: Fault): InvalidError {
  const at = positionOf(source, fault);
  const place = at ? `, line ${at.line}, column ${at.column}` : '';
  const path = fault.path.length === 0 ? 'at the top' : `at /${fault.path.join('/').slice(0, 120)}`;
  return new InvalidError(`The policy${place}, ${path}: ${fault.says.replace(/(?<![.?])$/, '.')}`);
}

function positionOf(source: Source, fault: Fault): { line: number; column: number } | undefined {
  const offset = offsetOf(source.document, fault);
  if (offset === undefined) return undefined;
  const { line, col } = source.lines.linePos(offset);
  return { line, column: col };
}

/** Where a path begins in the text; of a path that leads too far, where its last known part does. */
function offsetOf({ contents }: Document, { path, inName }: Fault): number | undefined {
  if (inName) return keyOffset(contents, path);
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? contents : nodeAt(contents, path.slice(0, length));
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

function nodeAt(contents: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, step) => {
    const get = (node as { get?: (key: unknown, keep: boolean) => unknown } | undefined)?.get;
    return get?.call(node, step, true);
  }, contents);
}

function keyOffset(contents: unknown, path: Path): number | undefined {
  const parent = nodeAt(contents, path.slice(0, -1));
  if (!isMap(parent)) return undefined;
  const key = parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === path.at(-1))?.key;
  return isScalar(key) ? key.range?.[0] : undefined;
}
