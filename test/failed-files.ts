import { readReport } from './report.ts';

/** Prints the files that failed by vitest's JSON report, one a line, for `.ci/run` to try once more. */
const [path = ''] = process.argv.slice(2);
for (const { name, failed } of readReport(path)) if (failed) process.stdout.write(`${name}\n`);
