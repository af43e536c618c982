import type { DisclosureAsked } from '../exports/disclosures.ts';
import { peopleOf } from '../register/people.ts';
import type { ConsoleContext, FormError } from './layout.ts';
import { fieldOf } from './visit.ts';
import { startOfDay } from './words.ts';

/** The form as it was filled in. People and computers one a line. */
export interface DisclosureForm {
  people: string;
  computers: string;
  from: string;
  to: string;
  requester: string;
  reference: string;
  legalBasis: string;
  purpose: string;
}
const fields = ['people', 'computers', 'from', 'to', 'requester', 'reference', 'legalBasis', 'purpose'] as const;

export function readDisclosureForm(body: unknown): DisclosureForm {
  return Object.fromEntries(fields.map((name) => [name, fieldOf(body, name).trim()])) as unknown as DisclosureForm;
}

/** The form as what is asked for, or what is to be mended in it. */
export async function askedOf(
  { store, organisation }: ConsoleContext,
  form: DisclosureForm,
): Promise<{ asked: DisclosureAsked } | { errors: FormError[] }> {
  const people = matched(linesOf(form.people), await knownPeople({ store, organisation }));
  const computers = matched(linesOf(form.computers), await knownComputers({ store }));
  const [from, to] = [startOfDay(form.from), startOfDay(form.to, 1)];
  const errors: FormError[] = [
    ...people.unknown.map((word) => ({ field: 'people', text: `The register knows no one person by ${word}` })),
    ...computers.unknown.map((word) => ({ field: 'computers', text: `No one computer is called ${word}` })),
    ...(from === undefined ? [{ field: 'from', text: 'Enter the first day' }] : []),
    ...(to === undefined ? [{ field: 'to', text: 'Enter the last day' }] : []),
    ...needed(form, {
      requester: 'Say who asks',
      legalBasis: 'Say on which ground in law',
      purpose: 'Say what it is for',
    }),
  ];
  if (errors.length > 0 || from === undefined || to === undefined) return { errors };
  const { requester, reference, legalBasis, purpose } = form;
  return {
    asked: { people: people.ids, computers: computers.ids, from, to, requester, reference, legalBasis, purpose },
  };
}

function needed(form: DisclosureForm, texts: Partial<Record<keyof DisclosureForm, string>>): FormError[] {
  return Object.entries(texts).flatMap(([field, text]) =>
    form[field as keyof DisclosureForm] === '' ? [{ field, text }] : [],
  );
}

function linesOf(text: string): string[] {
  return [...new Set(text.split(/[\r\n]+/).map((line) => line.trim()))].filter((line) => line !== '').slice(0, 200);
}

/** Words and whose id each is; undefined: several things go by it. */
type Known = Map<string, string | undefined>;

function matched(words: readonly string[], known: Known): { ids: string[]; unknown: string[] } {
  const found = words.map((word) => [word, known.get(word.toLowerCase())] as const);
  return {
    ids: [...new Set(found.flatMap(([, id]) => id ?? []))],
    unknown: found.filter(([, id]) => id === undefined).map(([word]) => `“${word.slice(0, 60)}”`),
  };
}

function knownBy(pairs: readonly (readonly [word: string, id: string])[]): Known {
  const known: Known = new Map();
  for (const [word, id] of pairs) {
    const key = word.toLowerCase();
    known.set(key, known.has(key) && known.get(key) !== id ? undefined : id);
  }
  return known;
}

async function knownPeople({ store, organisation }: Pick<ConsoleContext, 'store' | 'organisation'>): Promise<Known> {
  const people = await peopleOf(store, organisation);
  return knownBy(people.flatMap(({ id, name, reference }) => [[name, id] as const, [reference, id] as const]));
}

async function knownComputers({ store }: Pick<ConsoleContext, 'store'>): Promise<Known> {
  const rows = await store
    .selectFrom('computers')
    .select(['id', 'hostname'])
    .where('state', '!=', 'collector')
    .execute();
  return knownBy(rows.flatMap(({ id, hostname }) => [[hostname, id] as const, [id, id] as const]));
}
