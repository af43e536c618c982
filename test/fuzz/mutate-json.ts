import { below, pick, type Random } from './chance.ts';

/** Values at the edges of what a schema allows, and well beyond them. */
const edgeValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -0,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  '',
  ' ',
  '0',
  'x'.repeat(255),
  'x'.repeat(256),
  'x'.repeat(5000),
  '\u0000',
  '\u202egnp.exe',
  '\ud800',
  '<script>alert(1)</script>',
  "=cmd|' /C calc'!A0",
  '../../etc/passwd',
  "' OR 1=1 --",
  '__proto__',
  'constructor',
  '2026-13-45T99:99:99.999Z',
  '2026-02-30T12:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '0000-00-00T00:00:00.000Z',
  'f'.repeat(64),
  '(a+)+$',
  [],
  {},
  [[[[[[[[[[[[]]]]]]]]]]]],
  [null, 1, 'a', {}],
  { toString: 1, length: -1, valueOf: 1 },
];

/** One of them, the caller's own to change. */
export function edge(random: Random): unknown {
  return structuredClone(pick(edgeValues, random));
}

type Container = Record<string, unknown>;
interface Place {
  in: Container;
  key: string;
}

/** Changes a value that was just parsed, in one to four places: other values, names and members. */
export function mutateValue(root: unknown, random: Random): unknown {
  const holder = { root };
  for (let left = 1 + below(random, 4); left > 0; left--) {
    const places = placesIn(holder);
    changeOne(pick(places, random), places, random);
  }
  return holder.root;
}

function changeOne({ in: container, key }: Place, places: readonly Place[], random: Random): void {
  const value = container[key];
  const way = random();
  if (way < 0.35) set(container, key, edge(random));
  else if (way < 0.5) set(container, key, near(value, random));
  else if (way < 0.62) remove(container, key);
  else if (way < 0.74) {
    const { in: from, key: name } = pick(places, random);
    set(container, key, structuredClone(from[name]));
  } else if (way < 0.86) set(container, pick(odd, random)(key), structuredClone(value));
  else if (Array.isArray(value)) value.splice(below(random, value.length + 1), 0, structuredClone(value[0] ?? null));
  else if (typeof value === 'object' && value !== null) set(value as Container, pick(names, random), edge(random));
  else set(container, key, [value]);
}

const names = ['__proto__', 'constructor', 'extra', '', 'type', 'kind', 'toString'];
const odd: ((key: string) => string)[] = [
  (key) => `${key} `,
  (key) => key.toUpperCase(),
  (key) => `${key}2`,
  () => '__proto__',
  () => 'hasOwnProperty',
];

/** Something not far from what stood there, which gets further in. */
function near(value: unknown, random: Random): unknown {
  if (typeof value === 'number') return value + pick([1, -1, 0.5, 2 ** 31, -(2 ** 40)], random);
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string') return value;
  const at = below(random, value.length + 1);
  return pick(
    [
      () => value.slice(0, at) + value.slice(at + 1),
      () => value + value,
      () => value.toUpperCase(),
      () => value.slice(0, at) + pick(['\0', '\u202e', '\ud83d', '"', '<', '\n', 'é', '9'], random) + value.slice(at),
    ],
    random,
  )();
}

/** By definition, not assignment: `__proto__` is then a member like another, as it is in JSON. */
function set(container: Container, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(container: Container, key: string): void {
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
}

const mostPlaces = 400;

function placesIn(holder: Container): Place[] {
  const places: Place[] = [];
  const open: Container[] = [holder];
  for (let container = open.pop(); container && places.length < mostPlaces; container = open.pop()) {
    for (const key of Object.keys(container)) {
      places.push({ in: container, key });
      const value = container[key];
      if (typeof value === 'object' && value !== null) open.push(value as Container);
    }
  }
  return places.length > 0 ? places : [{ in: holder, key: 'root' }];
}

const hostileTexts = edgeValues.filter((value) => typeof value === 'string');
/** Whole and not negative, as every reader of ours hands them on. */
const hostileNumbers = [0, 1, 2, 21, 22, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1];

/** Changes texts and numbers into others and keeps every type: for what a reader of ours hands on as text. */
export function mutateLeaves(root: unknown, random: Random): unknown {
  const holder = { root };
  const places = placesIn(holder);
  for (let left = 1 + below(random, 6); left > 0; left--) {
    const { in: container, key } = pick(places, random);
    const value = container[key];
    if (typeof value === 'string')
      set(container, key, random() < 0.5 ? near(value, random) : pick(hostileTexts, random));
    else if (typeof value === 'number') set(container, key, pick(hostileNumbers, random));
    else if (typeof value === 'boolean') set(container, key, !value);
    else if (Array.isArray(value))
      value.splice(below(random, value.length + 1), 0, ...structuredClone(value.slice(0, 2)));
  }
  return holder.root;
}
