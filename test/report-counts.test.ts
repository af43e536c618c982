import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tempFolder } from './fakes/temp-folder.ts';

type Status = 'passed' | 'failed' | 'skipped';
const file = (name: string, status: Status, tests: Record<string, Status>, message = '') => ({
  name: resolve(name),
  status,
  message,
  assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status, failureMessages: [] })),
});
const good = file('test/good.test.ts', 'passed', { one: 'passed', two: 'skipped' });
const notSetUp = file(
  'test/bad.test.ts',
  'failed',
  { three: 'skipped', four: 'skipped' },
  'Setting up failed\n  at line 1',
);
const mended = file('test/bad.test.ts', 'passed', { three: 'passed', four: 'passed' });
const broken = file('test/bad.test.ts', 'failed', { three: 'failed', four: 'passed' });

/** What a script of this folder says of reports, and its exit code. */
function told(script: string, ...reports: (object[] | undefined)[]): { text: string; code: number | null } {
  using folder = tempFolder();
  const paths = reports.map((testResults, index) => {
    const path = join(folder.path, `${index}.json`);
    writeFileSync(path, testResults === undefined ? '' : JSON.stringify({ testResults }));
    return path;
  });
  const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...paths], {
    encoding: 'utf8',
  });
  return { text: stdout, code: status };
}

describe('the closing line of .ci/run', () => {
  const secondTry = 'Passed only at the second try: test/bad.test.ts\n  Setting up failed\n';
  it.each([
    ['all that ran passed', [[good]], '1 passed, 0 failed, 1 skipped\n', 0],
    ['a file whose setting up failed is one failure', [[good, notSetUp]], '1 passed, 1 failed, 3 skipped\n', 1],
    [
      'a file that passed when tried again counts as that, and is named',
      [[good, notSetUp], [mended]],
      `${secondTry}3 passed, 0 failed, 1 skipped\n`,
      0,
    ],
    ['a file that fails again is failed', [[good, notSetUp], [broken]], '2 passed, 1 failed, 1 skipped\n', 1],
    ['a run that left no report failed', [undefined], '0 passed, 1 failed, 0 skipped\n', 1],
    [
      'a second run that left no report mends nothing',
      [[good, notSetUp], undefined],
      '1 passed, 1 failed, 3 skipped\n',
      1,
    ],
  ])('%s', (_, reports, text, code) => {
    expect(told('report-counts.ts', ...reports)).toEqual({ text, code });
  });

  it('names the files to try once more', () => {
    expect(told('failed-files.ts', [good, notSetUp]).text).toBe('test/bad.test.ts\n');
  });
});
