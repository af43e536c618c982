import { readFileSync } from 'node:fs';

/**
 * Prints the closing line of `.ci/run` from vitest's JSON report, after naming every test that needed a second try: such
 * a test is a fault to be mended, though not one to turn a build away for. A run that left no report, or ran no test,
 * failed: then the checks before the tests say why.
 */
interface Report {
  numPassedTests?: number;
  numFailedTests?: number;
  numPendingTests?: number;
  numTodoTests?: number;
  testResults?: { assertionResults: { fullName: string; status: string; failureMessages: string[] }[] }[];
}

const [file = ''] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const report = text === '' ? {} : (JSON.parse(text) as Report);
const {
  numPassedTests: passed = 0,
  numFailedTests: failed = 0,
  numPendingTests: skipped = 0,
  numTodoTests: todo = 0,
} = report;

for (const { fullName, status, failureMessages } of (report.testResults ?? []).flatMap((one) => one.assertionResults)) {
  if (status !== 'passed' || failureMessages.length === 0) continue;
  process.stdout.write(`Passed only at the second try: ${fullName}\n  ${failureMessages[0]?.split('\n')[0]}\n`);
}
const ran = passed + failed > 0;
process.stdout.write(`${passed} passed, ${ran ? failed : 1} failed, ${skipped + todo} skipped\n`);
if (!ran) process.exitCode = 1;
