import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { print, runProgram } from '#shared/command-line.ts';
import { PortcullisError } from '#shared/errors.ts';
import { adopt, type Kept, renderReadme, renderTests } from './render.ts';
import type { SupportReport } from './reporter.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kept = join(root, 'docs/support');
const readme = join(root, 'README.md');
const tests = join(root, 'docs/support.md');

if (import.meta.main)
  await runProgram('npm run support-table --', 'Writes what is proved where.', process.argv.slice(2), (program) => {
    program
      .description(
        'Takes the reports of the last runs in test-results/, and writes the table of README.md and docs/support.md.',
      )
      .option('--check', 'write nothing; fail when the pages are not what docs/support/ says')
      .action((options: { check?: boolean }) => {
        if (options.check) check();
        else write();
      });
  });

function write(): void {
  mkdirSync(kept, { recursive: true });
  for (const file of globSync('test-results/support-*.json', { cwd: root })) {
    const suite = basename(file, '.json').replace('support-', '');
    const report: SupportReport = JSON.parse(readFileSync(join(root, file), 'utf8'));
    const place = join(kept, `${suite}.json`);
    const before: Kept = existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) : {};
    const after = adopt(before, report, (name) => existsSync(join(root, name)));
    writeFileSync(place, `${JSON.stringify(after, null, 2)}\n`);
    print(`${suite}: ${Object.keys(report.files).length} files of the run of ${report.date} (${report.commit})`);
  }
  for (const [file, text] of pages()) writeFileSync(file, text);
}

/** @throws PortcullisError `stale` */
function check(): void {
  const stale = staleSupportPages();
  if (stale.length > 0) {
    const says = `${stale.join(' and ')} do not say what docs/support/ holds; run: npm run support-table`;
    throw new PortcullisError('stale', says);
  }
  print('The pages say what the tests showed.');
}

/** Pages that are not what the kept reports come to. */
export function staleSupportPages(): string[] {
  return pages()
    .filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
    .map(([file]) => basename(file));
}

/** Reports that are kept, by suite. */
export function keptReports(): Record<string, Kept> {
  const names = globSync('*.json', { cwd: kept }).sort();
  return Object.fromEntries(
    names.map((name) => [basename(name, '.json'), JSON.parse(readFileSync(join(kept, name), 'utf8'))]),
  );
}

function pages(): [file: string, text: string][] {
  const reports = keptReports();
  return [
    [readme, renderReadme(readFileSync(readme, 'utf8'), reports)],
    [tests, renderTests(reports)],
  ];
}
