import { fieldOf } from './visit.ts';
import { counted } from './words.ts';

/** A list that can be narrowed, sorted and turned over, all by its address: links to it can be shared. */
export interface ListSpec<C extends string> {
  path: string;
  filters: readonly ListFilter[];
  columns: readonly ListColumn<C>[];
  usual: Sorting<C>;
}
export interface ListFilter {
  name: string;
  label: string;
  hint?: string;
  /** A choice of these; without them it is a text. */
  options?: readonly { value: string; text: string }[];
}
export interface ListColumn<C extends string> {
  text: string;
  sort?: C;
  /** What the first click gives. */
  first?: 'asc' | 'desc';
}
export interface Sorting<C extends string> {
  column: C;
  direction: 'asc' | 'desc';
}

/** What stands in the address. Whatever in it makes no sense is as if it were not there. */
export interface ListQuery<C extends string> {
  /** By name; those that narrow nothing are absent. */
  filters: Partial<Record<string, string>>;
  sorting: Sorting<C>;
  /** From 1. */
  page: number;
}

export const rowsPerPage = 50;
const longestPage = 100_000;

export function readListQuery<C extends string>(spec: ListSpec<C>, query: unknown): ListQuery<C> {
  const text = (name: string) => fieldOf(query, name).trim().slice(0, 255);
  const filters = spec.filters.flatMap(({ name, options }) => {
    const value = text(name);
    const isKnown = options === undefined || options.some((option) => option.value === value);
    return value !== '' && isKnown ? [[name, value] as const] : [];
  });
  const sorts = spec.columns.flatMap(({ sort }) => (sort === undefined ? [] : [sort]));
  const column = sorts.find((sort) => sort === text('sort'));
  const page = Number(text('page'));
  return {
    filters: Object.fromEntries(filters),
    sorting: column === undefined ? spec.usual : { column, direction: text('direction') === 'desc' ? 'desc' : 'asc' },
    page: Number.isInteger(page) && page > 0 && page < longestPage ? page : 1,
  };
}

/** The address of a list; what is not given is as usual, and the page is the first. */
export function listAddress<C extends string>(
  spec: ListSpec<C>,
  query: Partial<ListQuery<C>>,
  path = spec.path,
): string {
  const { filters = {}, sorting = spec.usual, page = 1 } = query;
  const parameters = new URLSearchParams();
  for (const { name } of spec.filters) if (filters[name] !== undefined) parameters.set(name, filters[name]);
  if (sorting.column !== spec.usual.column || sorting.direction !== spec.usual.direction) {
    parameters.set('sort', sorting.column);
    parameters.set('direction', sorting.direction);
  }
  if (page > 1) parameters.set('page', String(page));
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** Everything the shared template (pages/list.njk) needs. @param noun of one row */
export function listView<C extends string>(
  spec: ListSpec<C>,
  query: ListQuery<C>,
  { total, noun, plural }: { total: number; noun: string; plural?: string },
) {
  return {
    path: spec.path,
    total,
    summary: counted(total, noun, plural),
    filters: spec.filters.map((filter) => filterView(filter, query.filters[filter.name] ?? '')),
    tags: filterTags(spec, query),
    columns: spec.columns.map((column) => columnHead(spec, query, column)),
    kept: query.sorting === spec.usual ? {} : { sort: query.sorting.column, direction: query.sorting.direction },
    pages: pagesView(spec, query, total),
  };
}

function filterView({ name, label, hint, options }: ListFilter, value: string) {
  return { name, label, hint, value, options: options && [{ value: '', text: 'Any' }, ...options] };
}

/** What the list is narrowed to, each with the address of the list without it. */
function filterTags<C extends string>(spec: ListSpec<C>, { filters, sorting }: ListQuery<C>) {
  return spec.filters.flatMap(({ name, label, options }) => {
    const value = filters[name];
    if (value === undefined) return [];
    const { [name]: _removed, ...others } = filters;
    const words = options?.find((option) => option.value === value)?.text ?? value;
    return [{ text: `${label}: ${words}`, href: listAddress(spec, { filters: others, sorting }) }];
  });
}

function columnHead<C extends string>(spec: ListSpec<C>, query: ListQuery<C>, column: ListColumn<C>) {
  const { text, sort, first = 'asc' } = column;
  if (sort === undefined) return { text };
  const current = query.sorting.column === sort ? query.sorting.direction : undefined;
  const direction = current === undefined ? first : current === 'asc' ? 'desc' : 'asc';
  return {
    text,
    href: listAddress(spec, { filters: query.filters, sorting: { column: sort, direction } }),
    sort: current && (current === 'asc' ? 'ascending' : 'descending'),
  };
}

function pagesView<C extends string>(spec: ListSpec<C>, query: ListQuery<C>, total: number) {
  const last = Math.max(1, Math.ceil(total / rowsPerPage));
  const to = (page: number) => listAddress(spec, { ...query, page });
  return {
    now: query.page,
    last,
    previous: query.page > 1 ? to(Math.min(query.page - 1, last)) : undefined,
    next: query.page < last ? to(query.page + 1) : undefined,
  };
}
