import type { DeviceMatch, When } from '#shared/policy/conditions.ts';

/**
 * A condition of a foreign policy on its way into ours. A part our language has no words for is `lost`. From it two
 * conditions can be made: one that holds only where the foreign one surely holds, for permits, and one that holds
 * wherever the foreign one may hold, for denials. So nothing is widened, whatever was lost.
 */
export type Expression =
  | { fact: When /** For denials, where it differs. */; atMost?: When }
  | { list: string; devices: DeviceMatch[]; atMost?: DeviceMatch[] }
  | { lost: string }
  | { all: Expression[] }
  | { any: Expression[] }
  | { not: Expression };

/** `surely`: only where the foreign condition holds. `perhaps`: wherever it may hold. */
export type Bound = 'surely' | 'perhaps';

export type Lists = Map<string, DeviceMatch[]>;

export const everywhere: Expression = { all: [] };
export const nowhere: Expression = { any: [] };

/**
 * The condition in our language; true when it always holds, false when it never does.
 * @param lists takes the lists of devices the condition names
 */
export function render(expression: Expression, bound: Bound, lists: Lists): When | boolean {
  if ('fact' in expression) return (bound === 'perhaps' ? expression.atMost : undefined) ?? expression.fact;
  if ('list' in expression) return renderList(expression, bound, lists);
  if ('lost' in expression) return bound === 'perhaps';
  if ('not' in expression) {
    const inner = render(expression.not, bound === 'surely' ? 'perhaps' : 'surely', lists);
    return typeof inner === 'boolean' ? !inner : { not: inner };
  }
  if ('all' in expression) {
    const parts = expression.all.map((part) => render(part, bound, lists));
    if (parts.includes(false)) return false;
    return joined(
      'all',
      parts.filter((part) => typeof part !== 'boolean'),
    );
  }
  const parts = expression.any.map((part) => render(part, bound, lists));
  if (parts.includes(true)) return true;
  return joined(
    'any',
    parts.filter((part) => typeof part !== 'boolean'),
  );
}

function renderList(
  { list, devices, atMost }: Extract<Expression, { list: string }>,
  bound: Bound,
  lists: Lists,
): When | boolean {
  const entries = (bound === 'perhaps' ? atMost : undefined) ?? devices;
  if (entries.length === 0) return false;
  const name = freeName(list, entries, lists);
  lists.set(name, entries);
  return { device: { in: name } };
}

/** Two groups may bear one name, and one group may be meant narrowly and widely. */
function freeName(list: string, entries: DeviceMatch[], lists: Lists): string {
  let name = list;
  for (let count = 2; lists.has(name) && lists.get(name) !== entries; count++) name = `${list}-${count}`;
  return name;
}

function joined(word: 'all' | 'any', parts: When[]): When | boolean {
  const [first] = parts;
  if (first === undefined) return word === 'all';
  if (parts.length === 1) return first;
  const classes = word === 'any' ? parts.map(onlyClass) : [];
  if (classes.length > 0 && !classes.includes(undefined)) {
    return { device: { class: [...new Set(classes.flatMap((one) => one ?? []))] } };
  }
  return word === 'all' ? { all: parts } : { any: parts };
}

/** The classes a condition asks for, if it asks for nothing else. */
function onlyClass({ device, ...rest }: When) {
  if (!device || Object.keys(rest).length > 0 || Object.keys(device).length !== 1 || !device.class) return undefined;
  return [device.class].flat();
}

/** Everything that was lost, once each. */
export function lostIn(expression: Expression): string[] {
  const inner = (): string[] => {
    if ('lost' in expression) return [expression.lost];
    if ('not' in expression) return lostIn(expression.not);
    if ('all' in expression) return expression.all.flatMap(lostIn);
    return 'any' in expression ? expression.any.flatMap(lostIn) : [];
  };
  return [...new Set(inner())];
}

export function hasExclusion(expression: Expression): boolean {
  if ('not' in expression) return true;
  if ('all' in expression) return expression.all.some(hasExclusion);
  return 'any' in expression && expression.any.some(hasExclusion);
}

/** A serial number. A denial holds also for serial numbers that are not the device's own. */
export function serialFact(serial: string): Expression {
  const comparable = ['device', 'generated', 'blank', 'shared'] as const;
  // Our patterns have no way to write a star that is a star.
  if (serial.includes('*')) return { lost: 'a serial number that holds a star' };
  return { fact: { device: { serial } }, atMost: { device: { serial, serialTrust: [...comparable] } } };
}
