import { cleanText } from '#shared/text.ts';

/** Phrases that makers leave in fields they should have filled, and one that systeminformation makes up itself. */
const blanks: readonly RegExp[] = [
  /^(to be filled by o\.?e\.?m\.?|o\.?e\.?m\.?|default string|docker container)$/i,
  /^(none|n\/?a|not (specified|available|applicable|provided|settable)|unknown|undefined|null|empty|invalid)$/i,
  /^(system|chassis|base board|product) (manufacturer|manufacture|product name|name|serial number|version)$/i,
  /^(serial|model|type)( number)?$/i,
  /^[-.x0 ]+$/i,
  /^0?123456789[0a-f]*$/i,
];

/** The text cleaned; undefined when it says nothing. */
export function said(text: unknown): string | undefined {
  const clean = typeof text === 'string' ? cleanText(text) : '';
  return clean === '' || blanks.some((blank) => blank.test(clean)) ? undefined : clean;
}

export function count(value: number | undefined): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? value : undefined;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are undefined, since an absent fact is an unknown one. */
export function present<T extends object>(facts: T): Present<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Present<T>;
}
