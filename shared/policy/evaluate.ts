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
import { anyOf, isFalse, isTrue, not, or, type Truth } from './truth.ts';

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

interface Count {
  held: number;
  differs: number;
  unknown: number;
}

function tally(condition: object, part: Part, subject: About, count: Count): void {
  const table = tables[part];
  for (const name in condition) {
    const fits = table[name]?.((condition as Record<string, unknown>)[name], subject, condition);
    if (fits === undefined) count.unknown++;
    else if (fits) count.held++;
    else count.differs++;
  }
}

/** Whether a device is the one meant by an entry of a list, an approval or a code. */
export function isDevice(match: DeviceMatch, subject: About): Truth {
  const count = { held: 0, differs: 0, unknown: 0 };
  tally(match, 'device', subject, count);
  return count;
}

function isOnList(name: string, subject: About): boolean | undefined {
  return subject.once(`list ${name}`, () => {
    const found = subject.lists[name];
    if (!found) return undefined;
    const listed = (found.devices ?? []).map((device) => plain(isDevice(device, subject)));
    const registered = list(found.register ?? []).map((state) => isRegisteredAs(state, subject));
    return anyOf([...listed, ...registered]);
  });
}

function plain(truth: Truth): boolean | undefined {
  if (isTrue(truth)) return true;
  return isFalse(truth) ? false : undefined;
}

export const partNames = Object.keys(tables) as Part[];

/** Whether a condition holds. Pure; the time it takes grows with the condition alone. */
export function evaluate(when: When, subject: About): Truth {
  const count: Count = { held: 0, differs: 0, unknown: 0 };
  for (const part of partNames) {
    const condition = when[part];
    if (condition) tally(condition, part, subject, count);
  }
  for (const inner of when.all ?? []) add(count, evaluate(inner, subject));
  if (when.any) add(count, when.any.map((inner) => evaluate(inner, subject)).reduce(or));
  if (when.not) add(count, not(evaluate(when.not, subject)));
  return count;
}

function add(count: Count, truth: Truth): void {
  count.held += truth.held;
  count.differs += truth.differs;
  count.unknown += truth.unknown;
}

/** One member of a condition: `device.vendorId` and what it must be. */
export interface Leaf {
  path: string;
  wanted: unknown;
  fits: boolean | undefined;
}

/** What a part of a condition asks for, and whether each is so. */
export function leavesOf(part: Part, condition: object, subject: About): Leaf[] {
  return Object.entries(condition).map(([name, wanted]) => {
    const fits = tables[part][name]?.(wanted, subject, condition);
    return { path: `${part}.${name}`, wanted, fits };
  });
}
