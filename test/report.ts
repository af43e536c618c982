import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** What vitest's JSON report says of one file. A file whose setting up failed is failed, and its tests did not run. */
export interface FileReport {
  /** The file's path, from where the tests were started. */
  name: string;
  failed: boolean;
  /** Why the file failed as a whole, or ''. */
  message: string;
  tests: { fullName: string; status: string; failureMessages: string[] }[];
}

interface Report {
  testResults?: {
    name: string;
    status: string;
    message: string;
    assertionResults: FileReport['tests'];
  }[];
}

/** @returns a report's files; none when the run left no report */
export function readReport(path: string): FileReport[] {
  const text = readFileSync(path, 'utf8');
  const { testResults = [] } = text === '' ? {} : (JSON.parse(text) as Report);
  return testResults.map(({ name, status, message, assertionResults }) => ({
    name: relative(process.cwd(), name),
    failed: status === 'failed',
    message,
    tests: assertionResults,
  }));
}
