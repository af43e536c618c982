import { readFileSync } from 'node:fs';

interface Attribute {
  type: string;
  array?: true;
  requirement: 'required' | 'recommended' | 'optional';
  profile?: string;
  enum?: number[];
}
interface Shape {
  constraints: { at_least_one?: string[]; just_one?: string[] };
  attributes: Record<string, Attribute>;
}
interface Facts {
  version: string;
  types: Record<string, { type?: string; longest?: number }>;
  classes: Record<string, Shape & { name: string; category: number }>;
  objects: Record<string, Shape>;
}
type Plain = { [name: string]: unknown };

export const facts = JSON.parse(
  readFileSync(new URL('../../fixtures/ocsf/facts.json', import.meta.url), 'utf8'),
) as Facts;

/** What is wrong with a record by the facts of the schema, each fault with its place. */
export function ocsfFaults(record: Plain): string[] {
  const found = facts.classes[String(record.class_uid)];
  if (!found) return [`class_uid: ${String(record.class_uid)} is not among the facts`];
  const metadata = record.metadata as { version?: string; profiles?: string[] } | undefined;
  const faults = shapeFaults(found, record, '', new Set(metadata?.profiles ?? []));
  if (metadata?.version !== facts.version) faults.push('metadata.version: is not the version of the facts');
  if (record.category_uid !== found.category) faults.push('category_uid: is not that of the class');
  if (record.type_uid !== Number(record.class_uid) * 100 + Number(record.activity_id))
    faults.push('type_uid: does not follow from class and activity');
  return faults;
}

function shapeFaults({ attributes, constraints }: Shape, value: Plain, place: string, profiles: Set<string>): string[] {
  const applies = ({ profile }: Attribute) => profile === undefined || profiles.has(profile);
  const missing = Object.entries(attributes)
    .filter(([name, one]) => one.requirement === 'required' && applies(one) && !(name in value))
    .map(([name]) => `${place}${name}: is required`);
  const { at_least_one: anyOf, just_one: oneOf } = constraints;
  if (anyOf && !anyOf.some((name) => name in value)) missing.push(`${place}: needs one of ${anyOf.join(', ')}`);
  if (oneOf && oneOf.filter((name) => name in value).length !== 1)
    missing.push(`${place}: needs one of ${oneOf.join(', ')}`);
  return [
    ...missing,
    ...Object.entries(value).flatMap(([name, member]) => {
      const attribute = attributes[name];
      if (!attribute) return [`${place}${name}: is no attribute`];
      if (!applies(attribute)) return [`${place}${name}: needs the profile ${attribute.profile}`];
      return attributeFaults(attribute, member, `${place}${name}`, profiles);
    }),
  ];
}

function attributeFaults(attribute: Attribute, value: unknown, place: string, profiles: Set<string>): string[] {
  if (!attribute.array) return valueFaults(attribute, value, place, profiles);
  if (!Array.isArray(value)) return [`${place}: is no list`];
  return value.flatMap((member, index) => valueFaults(attribute, member, `${place}[${index}]`, profiles));
}

function valueFaults(
  { type, enum: numbers }: Attribute,
  value: unknown,
  place: string,
  profiles: Set<string>,
): string[] {
  const basic = baseOf(type);
  if (basic === undefined) {
    if (type === 'object') return typeof value === 'object' && value !== null ? [] : [`${place}: is no object`];
    const shape = facts.objects[type];
    if (!shape) return [`${place}: the object ${type} is not among the facts; add it to derive.ts`];
    return shapeFaults(shape, value as Plain, `${place}.`, profiles);
  }
  if (!fits[basic]?.(value)) return [`${place}: is no ${basic}`];
  const longest = facts.types[type]?.longest;
  if (longest !== undefined && String(value).length > longest) return [`${place}: is longer than ${longest}`];
  return numbers && !numbers.includes(value as number) ? [`${place}: ${String(value)} is not in the enumeration`] : [];
}

/** The type it comes down to; undefined for objects. */
function baseOf(type: string): string | undefined {
  const known = facts.types[type];
  return known && (known.type ?? type);
}

const fits: Record<string, (value: unknown) => boolean> = {
  string_t: (value) => typeof value === 'string' && value !== '',
  integer_t: Number.isInteger,
  long_t: Number.isSafeInteger,
  float_t: (value) => typeof value === 'number',
  boolean_t: (value) => typeof value === 'boolean',
  timestamp_t: Number.isSafeInteger,
  json_t: () => true,
};
