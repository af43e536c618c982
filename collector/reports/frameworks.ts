import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { parse } from 'yaml';
import { InvalidError } from '#shared/errors.ts';
import { checker, exactObject, oneOf } from '#shared/schema.ts';
import { type FigureId, isFigure } from './figure-list.ts';
import type { Basis } from './frame.ts';
import { figureText } from './frame.ts';

export const frameworkWords = {
  caf: 'DSPT, CAF outcomes',
  dspt: 'DSPT, older numbered items',
  ce: 'Cyber Essentials',
} as const;
const marks = ['confirmed', 'third-party', 'unconfirmed'] as const;
const frameworks = ['caf', 'dspt', 'ce'] as const;
const Words = Type.String({ minLength: 1, maxLength: 1000 });

const Line = exactObject({
  framework: oneOf(frameworks),
  item: Type.String({ minLength: 1, maxLength: 60 }),
  asks: Words,
  mark: oneOf(marks),
  evidence: Type.Array(Type.String({ maxLength: 40 }), { minItems: 1, maxItems: 8 }),
  says: Words,
  limits: Words,
});
const Mapping = exactObject({
  title: Words,
  checked: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  lines: Type.Array(Line, { minItems: 1, maxItems: 500 }),
});
export type MappingLine = Type.Static<typeof Line>;
export type Mapping = Type.Static<typeof Mapping>;

/** The mapping the product ships. */
export function shippedMapping(): Mapping {
  return readMapping(readFileSync(new URL('./frameworks.yaml', import.meta.url), 'utf8'));
}

/** @throws InvalidError for what does not fit the schema, names a figure that there is not, or says an item twice */
export function readMapping(text: string): Mapping {
  const mapping = checker(Mapping).parse(parse(text), 'The mapping to frameworks');
  for (const line of mapping.lines) {
    const strange = namesIn(line).find((name) => !isFigure(name));
    if (strange !== undefined)
      throw new InvalidError(`${line.framework} ${line.item}: there is no figure "${strange}".`);
  }
  const items = mapping.lines.map(({ framework, item }) => `${framework} ${item}`);
  const twice = items.find((item, place) => items.indexOf(item) !== place);
  if (twice !== undefined) throw new InvalidError(`"${twice}" is there twice.`);
  return mapping;
}

const placeholder = /\{([a-z][\w.-]*)\}/gi;

function namesIn({ says, limits }: MappingLine): string[] {
  return [...`${says} ${limits}`.matchAll(placeholder)].map(([, name = '']) => name);
}

/** The figures a line rests on. */
export function figuresIn(line: MappingLine): FigureId[] {
  return [...new Set(namesIn(line).filter(isFigure))];
}

/** The text of a line with its figures in it. Pure. */
export function filled(text: string, basis: Basis): string {
  return text.replaceAll(placeholder, (whole, name: string) => (isFigure(name) ? figureText(basis, name) : whole));
}
