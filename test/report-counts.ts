import { type FileReport, readReport } from './report.ts';

/**
 * Prints the closing line of `.ci/run` from vitest's JSON reports: that of the whole run, and when files failed that of
 * their second run, which counts instead. Every test and file that needed a second try is named above it: that is a fault
 * to be mended, though not one to turn a build away for. A run that left no report, or ran no test, failed: then the
 * checks before the tests say why.
 */
const [first = '', second] = process.argv.slice(2);
const once = readReport(first);
const again = new Map((second === undefined ? [] : readReport(second)).map((file) => [file.name, file]));

for (const file of once) {
  const retried = again.get(file.name);
  if (retried && !retried.failed) tellSecondTry(file.name, reasonOf(file));
  for (const { fullName, status, failureMessages } of (retried ?? file).tests) {
    if (status === 'passed' && failureMessages[0] !== undefined) tellSecondTry(fullName, failureMessages[0]);
  }
}

const files = once.map((file) => again.get(file.name) ?? file);
const statuses = files.flatMap(({ tests }) => tests).map(({ status }) => status);
const passed = statuses.filter((status) => status === 'passed').length;
// A file that failed before its tests ran is one failure: its tests are told as skipped.
const failed = statuses.filter((status) => status === 'failed').length + files.filter(isFailedAsAWhole).length;
const skipped = statuses.length - statuses.filter((status) => status === 'passed' || status === 'failed').length;
const ran = passed + failed > 0;
process.stdout.write(`${passed} passed, ${ran ? failed : 1} failed, ${skipped} skipped\n`);
if (!ran || failed > 0) process.exitCode = 1;

function isFailedAsAWhole({ failed, tests }: FileReport): boolean {
  return failed && !tests.some(({ status }) => status === 'failed');
}

function reasonOf({ message, tests }: FileReport): string {
  return message || (tests.find(({ status }) => status === 'failed')?.failureMessages[0] ?? '');
}

function tellSecondTry(name: string, reason: string): void {
  process.stdout.write(`Passed only at the second try: ${name}\n  ${reason.split('\n')[0]}\n`);
}
