import { readFileSync } from 'node:fs';

/**
 * Prints the closing line of `.ci/run` from vitest's JSON report. A run that left no report, or ran no test, failed:
 * then the checks before the tests say why.
 */
const [file = ''] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const report = text === '' ? {} : (JSON.parse(text) as Record<string, number>);
const {
  numPassedTests: passed = 0,
  numFailedTests: failed = 0,
  numPendingTests: skipped = 0,
  numTodoTests: todo = 0,
} = report;
const ran = passed + failed > 0;
process.stdout.write(`${passed} passed, ${ran ? failed : 1} failed, ${skipped + todo} skipped\n`);
if (!ran) process.exitCode = 1;
