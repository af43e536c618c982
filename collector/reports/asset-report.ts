import { isoTime } from '#shared/clock.ts';
import { sentence } from '../console/words.ts';
import type { Block } from '../documents/pdf.ts';
import { type ListedComputer, listComputers } from '../register/computer-list.ts';
import { presenceOf } from '../register/presence.ts';
import { dayWords, facts, framed, listed } from './frame.ts';
import { presentBasis } from './present.ts';
import type { ReportKind, Table } from './report.ts';

/** The register of computers (focus 3.5, CAF A3.a). What is installed on them is the licence register. */
export const assetReport: ReportKind = {
  name: 'asset-register',
  title: 'Asset register',
  about: 'Every computer with make, serial number, system, encryption, owner, and where it is in its life (focus 3.5).',
  readers: ['ict-analyst', 'ict-administrator', 'head-of-business-and-governance', 'auditor'],
  async make({ store, now, organisation, isPack, mask }) {
    const basis = await presentBasis(store, now);
    const all = { column: 'hostname', direction: 'asc', page: 1, size: Number.MAX_SAFE_INTEGER } as const;
    const { rows } = await listComputers(store, {}, now, all);
    const table = assetTable(rows, { now, isPack, mask });
    const title = 'Asset register';
    const body: Block[] = [
      { kind: 'heading', level: 2, text: 'Computers' },
      facts(
        basis,
        'computers.active',
        'computers.portable',
        'computers.fixed',
        'computers.portableUnknown',
        'computers.retired',
      ),
      ...listed('Computers by name', printed(table)),
    ];
    const unknown = isPack ? ['Who has which computer: names of people are left out of this pack.'] : [];
    return {
      title,
      dataAsOf: now,
      blocks: framed({ title, organisation, period: null, now, basis, body, unknown }),
      table,
      data: {
        computers: table.rows.map((row) => Object.fromEntries(table.columns.map((name, place) => [name, row[place]]))),
      },
    };
  },
};

interface AssetOptions {
  now: number;
  isPack: boolean;
  mask(text: string): string;
}

function assetTable(rows: readonly ListedComputer[], { now, isPack, mask }: AssetOptions): Table {
  const told = (text: string | null) => (text === null ? '' : mask(text));
  const common = [
    'computer',
    'asset tag',
    'make',
    'model',
    'serial',
    'system',
    'portable',
    'state',
    'use',
    'drives',
    'drives not encrypted',
    'drives not known',
    'enrolled',
    'last heard of',
    'agent',
  ];
  const people = isPack ? [] : ['owner', 'information asset owner', 'location', 'disposal note'];
  return {
    columns: [...common, ...people],
    rows: rows.map((row) => [
      mask(row.hostname),
      told(row.asset_tag),
      told(row.make),
      told(row.model),
      told(row.serial),
      told(row.os_name),
      row.portable ?? 'not known',
      presenceOf({ state: row.state, lastSeenAt: row.last_seen_at }, now),
      row.disposal,
      `${row.drives}`,
      `${row.plain_drives}`,
      `${row.unknown_drives}`,
      isoTime(row.enrolled_at).slice(0, 10),
      row.last_seen_at === null ? 'never' : isoTime(row.last_seen_at),
      row.agent_version ?? '',
      ...(isPack ? [] : [row.owner ?? '', row.iao ?? '', row.location ?? '', row.disposal_note ?? '']),
    ]),
  };
}

/** As many columns as a sheet of paper takes. */
function printed({ rows }: Table): Table {
  return {
    columns: ['Computer', 'Tag', 'Make and model', 'Serial', 'System', 'Portable', 'State', 'Last heard of'],
    rows: rows.map(
      ([
        computer = '',
        tag = '',
        make = '',
        model = '',
        serial = '',
        system = '',
        portable = '',
        state = '',
        use = '',
        ,
        ,
        ,
        ,
        seen = '',
      ]) => [
        computer,
        tag,
        `${make} ${model}`.trim(),
        serial,
        system,
        portable,
        use === 'in-use' ? sentence(state) : `${sentence(state)}, ${use.replaceAll('-', ' ')}`,
        dayWords(seen === 'never' ? null : Date.parse(seen)),
      ],
    ),
  };
}
