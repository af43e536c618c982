import { isoTime } from '#shared/clock.ts';
import type { DriveFacts } from '#shared/events/drive.ts';
import { sentence } from '../console/words.ts';
import type { Block } from '../documents/pdf.ts';
import type { Store } from '../store/tables.ts';
import { facts, framed, listed } from './frame.ts';
import { presentBasis } from './present.ts';
import type { ReportKind, Table } from './report.ts';
import { storageClasses } from './state-figures.ts';
import { computerBars, mediaBars } from './state-of-security.ts';

/** Drives of computers and removable media (focus 3.6, CCG 6.2 and 14). Unknown is a number of its own. */
export const encryptionReport: ReportKind = {
  name: 'encryption',
  title: 'Encryption of computers and media',
  about:
    'Every drive and every removable medium with its encryption; what is not known is a number of its own (focus 3.6).',
  readers: [
    'ict-analyst',
    'ict-administrator',
    'head-of-business-and-governance',
    'ig-lead',
    'siro',
    'caldicott-guardian',
    'auditor',
  ],
  async make({ store, now, organisation, mask }) {
    const basis = await presentBasis(store, now);
    const lines = [...(await driveLines(store)), ...(await mediaLines(store))].map((line) => ({
      ...line,
      computer: mask(line.computer),
      thing: mask(line.thing),
    }));
    const table = encryptionTable(lines);
    const title = 'Encryption of computers and media';
    const { state } = basis;
    const isGood = ({ encryption }: EncryptionLine) => encryption === 'encrypted' || encryption === 'locked';
    const body: Block[] = [
      { kind: 'heading', level: 2, text: 'Computers' },
      ...(state ? [computerBars(state)] : []),
      facts(
        basis,
        'computers.portablePlain',
        'drives.all',
        'drives.encrypted',
        'drives.locked',
        'drives.plain',
        'drives.suspended',
        'drives.unknown',
      ),
      ...listed(
        'Drives that are not encrypted, or not known to be',
        printed(lines.filter((line) => line.kind === 'drive' && !isGood(line))),
      ),
      { kind: 'heading', level: 2, text: 'Removable media' },
      ...(state ? [mediaBars(state)] : []),
      facts(
        basis,
        'media.seen',
        'media.encrypted',
        'media.plain',
        'media.unknown',
        'media.unregistered',
        'media.neverSeen',
      ),
      ...listed(
        'Media that are not encrypted, or not known to be',
        printed(lines.filter((line) => line.kind === 'medium' && !isGood(line))),
      ),
    ];
    const unknown = ['Whether media that were never connected to a watched computer are encrypted.'];
    return {
      title,
      dataAsOf: now,
      blocks: framed({ title, organisation, period: null, now, basis, body, unknown }),
      table,
      data: { lines },
    };
  },
};

interface EncryptionLine {
  kind: 'drive' | 'medium';
  /** The computer it is in, or was last connected to. */
  computer: string;
  thing: string;
  encryption: string;
  method: string;
  /** Why it is not known, or how the medium stands in the register. */
  note: string;
  toldAt: number;
}

async function driveLines(store: Store): Promise<EncryptionLine[]> {
  const rows = await store
    .selectFrom('computer_drives as drive')
    .innerJoin('computers', 'computers.no', 'drive.computer_no')
    .where('computers.state', '=', 'active')
    .select(['hostname', 'drive.encryption', 'drive.facts', 'drive.at'])
    .orderBy('hostname')
    .orderBy('drive.key')
    .execute();
  return rows.map(({ hostname, encryption, facts: text, at }) => {
    // Checked against its schema when the agent sent it.
    const drive = JSON.parse(text) as DriveFacts;
    const thing = `${drive.name}, ${drive.use === 'swap' ? 'swap space' : (drive.mountPoints[0] ?? 'not mounted')}`;
    return {
      kind: 'drive',
      computer: hostname,
      thing,
      encryption,
      method: drive.method ?? '',
      note: drive.because ?? '',
      toldAt: at,
    };
  });
}

/** Serial numbers name a thing that is somebody's: their last four characters are enough to find it. */
async function mediaLines(store: Store): Promise<EncryptionLine[]> {
  const rows = await store
    .selectFrom('media_register as medium')
    .leftJoin('computers', 'computers.no', 'medium.last_computer_no')
    .where('class', 'in', [...storageClasses])
    .select([
      'hostname',
      'class',
      'vendor',
      'product',
      'medium.serial',
      'serial_trust',
      'encryption',
      'medium.state',
      'last_at',
    ])
    .orderBy('last_at', 'desc')
    .orderBy('medium.id')
    .execute();
  return rows.map((row) => ({
    kind: 'medium',
    computer: row.hostname ?? '',
    thing: `${[row.vendor, row.product].filter(Boolean).join(' ') || row.class}${row.serial === null || row.serial_trust !== 'device' ? ', no serial number of its own' : ` …${row.serial.slice(-4)}`}`,
    encryption: row.encryption ?? 'not told',
    method: '',
    note: row.state,
    toldAt: row.last_at ?? 0,
  }));
}

function encryptionTable(lines: readonly EncryptionLine[]): Table {
  return {
    columns: ['kind', 'computer', 'thing', 'encryption', 'method', 'note', 'last told'],
    rows: lines.map((line) => [
      line.kind,
      line.computer,
      line.thing,
      line.encryption,
      line.method,
      line.note,
      isoTime(line.toldAt),
    ]),
  };
}

function printed(lines: readonly EncryptionLine[]): Table {
  return {
    columns: ['Computer', 'Thing', 'Encryption', 'Note'],
    rows: lines.map(({ computer, thing, encryption, note }) => [computer, thing, sentence(encryption), note]),
  };
}
