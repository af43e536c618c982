import { isoTime } from '#shared/clock.ts';
import { sentence } from '../console/words.ts';
import type { Block } from '../documents/pdf.ts';
import { type ListedComputer, listComputers } from '../register/computer-list.ts';
import { listNetwork } from '../register/network-list.ts';
import { presenceOf } from '../register/presence.ts';
import { dayWords, facts, framed, listed, number } from './frame.ts';
import { presentBasis } from './present.ts';
import type { ReportKind, Table } from './report.ts';
import type { AreaCount } from './state-figures.ts';

/** Where the agent is and what it sees (focus 1.1, 3.6: device control on every computer). */
export const coverageReport: ReportKind = {
  name: 'coverage',
  title: 'Coverage',
  about:
    'Which computers report, which are silent, what is seen on how many of them, and what is on the network without an agent (focus 3.6).',
  readers: [
    'ict-analyst',
    'ict-administrator',
    'head-of-business-and-governance',
    'ig-lead',
    'siro',
    'caldicott-guardian',
    'auditor',
  ],
  async make({ store, now, organisation, isPack, mask }) {
    const basis = await presentBasis(store, now);
    const all = { direction: 'asc', page: 1, size: Number.MAX_SAFE_INTEGER } as const;
    const { rows } = await listComputers(store, {}, now, { ...all, column: 'seen' });
    const network = isPack ? [] : (await listNetwork(store, { status: 'unknown' }, { ...all, column: 'name' })).rows;
    const table = coverageTable(rows, now, mask);
    const quiet = rows.filter(({ state, last_seen_at: lastSeenAt }) => isQuiet(presenceOf({ state, lastSeenAt }, now)));
    const title = 'Coverage';
    const body: Block[] = [
      { kind: 'heading', level: 2, text: 'Computers' },
      facts(
        basis,
        'computers.active',
        'computers.reported',
        'computers.silent',
        'computers.never',
        'computers.policyCurrent',
        'computers.areasFailed',
        'network.unknown',
      ),
      ...listed('Computers silent for more than three days, or never heard of', quietTable(quiet, mask)),
      { kind: 'heading', level: 2, text: 'What is watched' },
      areaTable(basis.coverage, false),
      { kind: 'heading', level: 2, text: 'What can be stopped' },
      areaTable(basis.coverage, true),
      ...(isPack
        ? []
        : listed('On the network without an agent, unexplained', {
            columns: ['Name', 'Last listed'],
            rows: network.map(({ name, last_at }) => [name, dayWords(last_at)]),
          })),
    ];
    return {
      title,
      dataAsOf: now,
      blocks: framed({ title, organisation, period: null, now, basis, body }),
      table,
      data: { areas: basis.coverage, computers: table.rows.length },
    };
  },
};

const isQuiet = (presence: string) => presence === 'silent' || presence === 'never';

function coverageTable(rows: readonly ListedComputer[], now: number, mask: (text: string) => string): Table {
  return {
    columns: [
      'computer',
      'state',
      'last heard of',
      'agent',
      'policy',
      'areas that fail',
      'areas seen poorly',
      'conditions',
      'events waiting',
    ],
    rows: rows.map((row) => [
      mask(row.hostname),
      presenceOf({ state: row.state, lastSeenAt: row.last_seen_at }, now),
      row.last_seen_at === null ? 'never' : isoTime(row.last_seen_at),
      row.agent_version ?? '',
      row.policy_version === null ? '' : `${row.policy_version}`,
      `${row.areas_failed}`,
      `${row.areas_degraded}`,
      `${row.conditions}`,
      row.spool_events === null ? '' : `${row.spool_events}`,
    ]),
  };
}

function quietTable(rows: readonly ListedComputer[], mask: (text: string) => string): Table {
  return {
    columns: ['Computer', 'Last heard of', 'Use'],
    rows: rows.map((row) => [mask(row.hostname), dayWords(row.last_seen_at), sentence(row.disposal)]),
  };
}

function areaTable(coverage: readonly AreaCount[], isEnforcement: boolean): Block {
  const areas = coverage.filter(({ watcher }) => (watcher === 'enforcement') === isEnforcement);
  return {
    kind: 'table',
    title: isEnforcement ? 'Stopping, by what and how' : 'Watching, by what and how',
    columns: ['What', 'How', 'Computers', 'What escapes'],
    rows: areas.map(({ watcher, area, state, computers, limits }) => [
      isEnforcement ? sentence(area) : `${sentence(watcher)}: ${area}`,
      stateWords[state],
      number(computers),
      limits.join(' '),
    ]),
  };
}

const stateWords: Readonly<Record<AreaCount['state'], string>> = {
  watching: 'seen',
  enforcing: 'stopped where the policy says so',
  idle: 'possible, not switched on',
  degraded: 'in a poorer way',
  unsupported: 'not possible there',
  failed: 'fails',
};
