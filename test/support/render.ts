import type { Platform } from '../../agent/platform/platform.ts';
import { type ProofLevel, proofLevels, type SupportRow, supportRows } from './proofs.ts';
import type { ProvenRow, SupportReport } from './reporter.ts';

/** What is kept of the runs of one suite, by test file: a run of some files leaves what others showed before. */
export type Kept = Record<string, { date: string; commit: string; rows: ProvenRow[] }>;

const systems: readonly [os: Platform['os'], name: string][] = [
  ['windows', 'Windows'],
  ['linux', 'Linux'],
  ['darwin', 'macOS'],
];
const words: Readonly<Record<ProofLevel, string>> = {
  'hardware emulation': 'proved on hardware emulation',
  'the system itself': 'proved on the system itself',
  wine: 'proved under Wine',
  fixtures: 'proved on fixtures',
};
const [start, end] = ['<!-- support table: npm run support-table -->', '<!-- end of the support table -->'];

/** Pure. @param exists whether a test file is still there */
export function adopt(before: Kept, { date, commit, files }: SupportReport, exists: (file: string) => boolean): Kept {
  const after = {
    ...before,
    ...Object.fromEntries(Object.entries(files).map(([file, rows]) => [file, { date, commit, rows }])),
  };
  const useful = Object.entries(after).filter(([file, { rows }]) => rows.length > 0 && exists(file));
  return Object.fromEntries(useful.sort(([one], [other]) => (one < other ? -1 : 1)));
}

interface Shown extends ProvenRow {
  suite: string;
  file: string;
  date: string;
  commit: string;
}

function shownBy(reports: Record<string, Kept>): Shown[] {
  return Object.entries(reports).flatMap(([suite, kept]) =>
    Object.entries(kept).flatMap(([file, { date, commit, rows }]) =>
      rows.map((row) => ({ ...row, suite, file, date, commit })),
    ),
  );
}

/** Pure. What one cell says: the strongest thing a test that passed has shown; what cannot be done only where nothing works. */
export function cellOf(row: SupportRow, os: Platform['os'], shown: readonly Pick<Shown, keyof ProvenRow>[]): string {
  if (row.without?.includes(os)) return '–';
  const mine = shown.filter((one) => isOf(one, row, os));
  if (mine.some(({ passed }) => !passed)) return '**a test fails**';
  const works = proofLevels.find((level) => mine.some(({ by, shows }) => by === level && shows !== 'cannot'));
  if (works !== undefined) return words[works];
  return mine.length > 0 ? 'cannot be done, and says so' : 'not proved';
}

function isOf(
  one: Pick<ProvenRow, 'os' | 'capability' | 'area'>,
  { capability, area }: SupportRow,
  os: Platform['os'],
): boolean {
  return one.os === os && one.capability === capability && one.area === area;
}

/** Pure. The README with the table between its marks, or at its end where there are none. */
export function renderReadme(readme: string, reports: Record<string, Kept>): string {
  const shown = shownBy(reports);
  const lines = supportRows.map(
    (row) => `| ${row.says} | ${systems.map(([os]) => cellOf(row, os, shown)).join(' | ')} |`,
  );
  const head = `| | ${systems.map(([, name]) => name).join(' | ')} |\n|---|${systems.map(() => '---|').join('')}`;
  const table = `${start}\n\n${head}\n${lines.join('\n')}\n\n[docs/support.md](docs/support.md) names the tests behind each cell.\n\n${end}`;
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return `${readme.trimEnd()}\n\n${table}\n`;
  return readme.slice(0, from) + table + readme.slice(to + end.length);
}

/** Pure. The page with the tests behind each cell. */
export function renderTests(reports: Record<string, Kept>): string {
  const shown = shownBy(reports);
  const sections = supportRows.map((row) => {
    const parts = systems
      .filter(([os]) => !(row as SupportRow).without?.includes(os))
      .map(
        ([os, name]) => `**${name}: ${cellOf(row, os, shown)}**\n${linesOf(shown.filter((one) => isOf(one, row, os)))}`,
      );
    return `## ${row.says}\n\n${parts.join('\n')}`;
  });
  return `${intro}\n${sections.join('\n')}`;
}

const intro = `# What is proved, and by which test

Written by \`npm run support-table\` from what the tests of these runs showed (\`docs/support/\`); nobody types it. No test ever
ran on a Windows computer or on a Mac.

- **hardware emulation**: a virtual machine with devices that are really plugged (\`npm run vm-test\`)
- **the system itself**: run where it is to run, without devices (\`npm test\`, \`npm run deb-test\`)
- **under Wine**: the Windows agent on the Windows build of Node under Wine (\`npm run wine-test\`)
- **on fixtures**: recorded answers of the system, or answers written after its documents (\`npm test\`)
- **cannot be done, and says so**: a test shows that it is told as unsupported or unknown, never as success
`;

/** Tests that are made from a table come as one line. */
function linesOf(shown: readonly Shown[]): string {
  const lines = shown.map(
    ({ test, file, date, commit, by, shows, passed }) =>
      `- ${test.replaceAll('|', '/')} (\`${file}\`, ${by}${shows === 'cannot' ? ', cannot' : ''}${passed ? '' : ', **fails**'}, ${date}, ${commit})`,
  );
  return lines.length === 0 ? '' : `\n${[...new Set(lines)].join('\n')}\n`;
}
