import { severities } from '#shared/policy/schema.ts';
import type { AlertKinds } from '../alerting/alert-list.ts';
import type { Analyst } from './alert-looking.ts';
import { type AlertQuery, alertStates, alertsAddress, isUsual, type periods } from './alert-query.ts';
import { severityTag, stateWords } from './severity.ts';
import { dayInWords } from './words.ts';

const periodWords: Record<keyof typeof periods, string> = {
  '24h': 'Last 24 hours',
  '3d': 'Last 3 days',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
};

export interface FilterChoices extends AlertKinds {
  analysts: readonly Analyst[];
}

const choice = (value: string, text: string) => ({ value, text });

export function filterForm(query: AlertQuery, { rules, clauses, analysts }: FilterChoices) {
  const { order } = query;
  return {
    severities: severities.toReversed().map((value) => ({
      value,
      text: severityTag(value).text,
      checked: query.severities.includes(value),
    })),
    states: alertStates.map((value) => ({ value, text: stateWords[value], checked: query.states.includes(value) })),
    computer: query.computer,
    person: query.person,
    device: query.device,
    rule: query.rule,
    rules: [choice('', 'Any rule'), ...rules.map(({ id, title }) => choice(id, title))],
    clause: query.clause,
    clauses: [choice('', 'Any clause'), ...clauses.map((clause) => choice(clause, clause))],
    assigned: query.assigned,
    assignees: [
      choice('', 'Anyone or nobody'),
      choice('me', 'Me'),
      choice('nobody', 'Nobody'),
      ...analysts.map(({ id, name }) => choice(id, name)),
    ],
    period: query.period,
    periods: [choice('', 'Any time'), ...Object.entries(periodWords).map(([value, text]) => choice(value, text))],
    from: query.from,
    to: query.to,
    rows: query.rows,
    rowChoices: [
      choice('', 'One line for the same person, device and rule'),
      choice('each', 'Every alert on its own line'),
    ],
    kept: {
      computerId: query.computerId,
      deviceKey: query.deviceKey,
      same: query.same,
      sort: order.column,
      direction: order.direction,
    },
  };
}

/** Words for what an address names by id. */
export interface FilterNames {
  rule: string;
  computer: string;
  device: string;
  same: string;
  assigned: string;
}

/** What the list is narrowed to, each with the address of the list without it. */
export function filterTags(query: AlertQuery, names: FilterNames) {
  const { place: _place, ...rest } = query;
  const tag = (text: string, without: Partial<AlertQuery>) => ({ text, href: alertsAddress({ ...rest, ...without }) });
  const tags = query.severities.map((severity) =>
    tag(`Severity: ${severityTag(severity).text}`, {
      severities: query.severities.filter((other) => other !== severity),
    }),
  );
  if (!isUsual(query.states)) {
    const { states: _states, ...withoutStates } = rest;
    const text = `State: ${query.states.map((state) => stateWords[state].toLowerCase()).join(' or ')}`;
    tags.push({ text, href: alertsAddress(withoutStates) });
  }
  if (query.same) tags.push(tag(`The same as: ${names.same}`, { same: '', rows: '' }));
  if (query.computer) tags.push(tag(`Computer has: ${query.computer}`, { computer: '' }));
  if (query.computerId) tags.push(tag(`Computer: ${names.computer}`, { computerId: '' }));
  if (query.person) tags.push(tag(`Person: ${query.person}`, { person: '' }));
  if (query.device) tags.push(tag(`Device has: ${query.device}`, { device: '' }));
  if (query.deviceKey) tags.push(tag(`Device: ${names.device}`, { deviceKey: '' }));
  if (query.rule) tags.push(tag(`Rule: ${names.rule}`, { rule: '' }));
  if (query.clause) tags.push(tag(`Clause: ${query.clause}`, { clause: '' }));
  if (query.assigned) tags.push(tag(`Assigned to: ${names.assigned}`, { assigned: '' }));
  if (query.period) tags.push(tag(periodWords[query.period], { period: '' }));
  if (query.from) tags.push(tag(`From ${dayInWords(query.from)}`, { from: '' }));
  if (query.to) tags.push(tag(`To ${dayInWords(query.to)}`, { to: '' }));
  return tags;
}
