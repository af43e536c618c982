import type { PortcullisEvent } from '#shared/events/kinds.ts';

type Plain = { [name: string]: unknown };

/**
 * What leaves of an event's facts: names of files stay here even where the profile keeps them (the mark `nameHash`
 * goes), and so do the folders that media are mounted in, which hold names of people. Of a decision goes what was
 * decided and by which rule, not the whole reasoning.
 */
export function minimised({ data, decision, outcome }: PortcullisEvent): Plain {
  const { trace, leftOut, ...decided } = decision ?? {};
  return { data: withoutNames(data), ...(decision && { decision: decided }), ...(outcome && { outcome }) };
}

function withoutNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNames);
  if (typeof value !== 'object' || value === null) return value;
  const isFile = 'nameHash' in value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'mountPoint' && !(isFile && name === 'name'))
      .map(([name, member]) => [name, withoutNames(member)]),
  );
}
