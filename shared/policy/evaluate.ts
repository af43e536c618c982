import type { About } from './about.ts';
import type { DeviceCondition, DeviceMatch, Part, When } from './conditions.ts';
import {
  computerTable,
  deviceTable,
  type FactTable,
  type FactTest,
  networkTable,
  timeTable,
  userTable,
  volumeTable,
} from './fact-tables.ts';
import { isRegisteredAs } from './register.ts';
import { anyOf, isTrue, type Leaf, not, type Obstacle, or, type Truth } from './truth.ts';

const list = <T>(value: T | T[]): readonly T[] => (Array.isArray(value) ? value : [value]);

const deviceConditionTable: FactTable<DeviceCondition> = {
  ...deviceTable,
  register: (wanted, subject) => anyOf(list(wanted).map((state) => isRegisteredAs(state, subject))),
  in: (wanted, subject) => anyOf(list(wanted).map((name) => isOnList(name, subject))),
};

/** The tables as they are used, where the type of a member no longer matters. */
type Table = Readonly<Record<string, FactTest<object, unknown>>>;

const tables = {
  device: deviceConditionTable,
  volume: volumeTable,
  user: userTable,
  computer: computerTable,
  network: networkTable,
  time: timeTable,
} satisfies Record<Part, object> as unknown as Readonly<Record<Part, Table>>;

/** Whether a device is the one meant by an entry of a list, an approval or a code; undefined when that cannot be told. */
export function isDevice(match: DeviceMatch, subject: About): boolean | undefined {
  let result: boolean | undefined = true;
  for (const name in match) {
    const fits = fitsMember(match, 'device', name, subject);
    if (fits === false) return false;
    if (fits === undefined) result = undefined;
  }
  return result;
}

function fitsMember(condition: object, part: Part, name: string, subject: About): boolean | undefined {
  return tables[part][name]?.((condition as Record<string, unknown>)[name], subject, condition);
}

function isOnList(name: string, subject: About): boolean | undefined {
  return subject.once(`list ${name}`, () => {
    const found = subject.lists[name];
    if (!found) return undefined;
    const listed = (found.devices ?? []).map((device) => isDevice(device, subject));
    const registered = list(found.register ?? []).map((state) => isRegisteredAs(state, subject));
    return anyOf([...listed, ...registered]);
  });
}

const partNames = Object.keys(tables) as Part[];

interface Found {
  held: number;
  differing: Obstacle[];
  unknown: Leaf[];
}

/** Whether a condition holds, and what keeps it from that. Pure; the time it takes grows with the condition alone. */
export function evaluate(when: When, subject: About): Truth {
  const found: Found = { held: 0, differing: [], unknown: [] };
  for (const part of partNames) {
    const condition = when[part];
    if (condition) weighMembers(condition, part, subject, found);
  }
  for (const inner of when.all ?? []) add(found, evaluate(inner, subject));
  if (when.any) add(found, when.any.map((inner) => evaluate(inner, subject)).reduce(or));
  if (when.not) add(found, exceptFor(when.not, subject));
  return found;
}

function weighMembers(condition: object, part: Part, subject: About, found: Found): void {
  for (const name in condition) {
    const fits = fitsMember(condition, part, name, subject);
    if (fits) found.held++;
    else if (fits === undefined) found.unknown.push(leafOf(condition, part, name));
    else found.differing.push(leafOf(condition, part, name));
  }
}

function leafOf(condition: object, part: Part, name: string): Leaf {
  return { part, name, wanted: (condition as Record<string, unknown>)[name] };
}

function add(found: Found, { held, differing, unknown }: Truth): void {
  found.held += held;
  for (const obstacle of differing) found.differing.push(obstacle);
  for (const leaf of unknown) found.unknown.push(leaf);
}

function exceptFor(inner: When, subject: About): Truth {
  return not(evaluate(inner, subject), () => firstHolding(inner, subject));
}

/** Of a condition that is true; none of an empty one. */
function firstHolding(when: When, subject: About): Leaf | undefined {
  for (const part of partNames) {
    const condition = when[part];
    for (const name in condition) return leafOf(condition, part, name);
  }
  const inner = when.all?.[0] ?? when.any?.find((branch) => isTrue(evaluate(branch, subject)));
  return inner && firstHolding(inner, subject);
}
