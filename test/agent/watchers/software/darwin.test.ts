import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseApplications } from '../../../../agent/watchers/software/applications.darwin.ts';
import { watchSoftwareOnDarwin } from '../../../../agent/watchers/software/darwin.ts';
import { parseReceiptNames } from '../../../../agent/watchers/software/receipts.darwin.ts';
import { darwinFixture, fakeMac } from '../../../fakes/darwin-tools.ts';
import { tempFolder } from '../../../fakes/temp-folder.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';

test('applications by the name of their folder, without those of macOS', ({ task }) => {
  proves(task, { os: 'darwin', by: 'fixtures', capability: 'software', area: 'installed programs' });
  expect(parseApplications(darwinFixture('applications.json'))).toEqual([
    {
      source: 'macos',
      name: 'Microsoft Word',
      version: '16.103',
      publisher: 'Microsoft Corporation',
      architecture: 'arm_i64',
    },
    { source: 'macos', name: 'Pages', version: '14.2', architecture: 'arm_i64' },
    { source: 'macos', name: 'Old tool', version: '', architecture: 'i64' },
  ]);
});

test('the name that is shown may be translated', ({ task }) => {
  proves(task, { os: 'darwin', by: 'fixtures', capability: 'software', area: 'installed programs' });
  const german = darwinFixture('applications.json').replace('"Old tool"', '"Altes Werkzeug"');
  expect(parseApplications(german)).toEqual(parseApplications(darwinFixture('applications.json')));
});

test('a report of another form is an error', () => {
  expect(() => parseApplications('{}')).toThrow(/another form/);
});

test('a receipt’s name that could be an option is not asked for', () => {
  const list =
    '<plist><array><string>--forget</string><string>org.example</string><string>a b</string></array></plist>';
  expect(parseReceiptNames(list)).toEqual(['org.example']);
});

test('the report is asked for when a folder of applications changed, and not else', async ({ task }) => {
  proves(task, { os: 'darwin', by: 'fixtures', capability: 'software', area: 'installed programs' });
  using folder = tempFolder();
  const applications = join(folder.path, 'Applications');
  const receipts = join(folder.path, 'receipts');
  for (const one of [applications, receipts, join(applications, 'Word.app/Contents')])
    mkdirSync(one, { recursive: true });
  const mac = fakeMac();
  const context = fakeContext();
  const watcher = watchSoftwareOnDarwin(mac, { applications: [applications], receipts })(context);
  await watcher.start();
  await watcher.check();
  const reports = () => mac.asked.filter((words) => words.startsWith('system_profiler')).length;
  expect(reports()).toBe(1);
  const listed = context.changes.flatMap((change) => (change.kind === 'software.listed' ? change.data.software : []));
  expect(listed.map(({ source, name }) => `${source} ${name}`)).toEqual([
    'macos Microsoft Word',
    'macos Pages',
    'macos Old tool',
    'pkg com.microsoft.package.Microsoft_Word.app',
    'pkg org.example.editor',
  ]);
  const report = JSON.parse(darwinFixture('applications.json'));
  report.SPApplicationsDataType.push({ _name: 'New', path: '/Applications/New.app', version: '1' });
  mac.says.set('system_profiler -json SPApplicationsDataType', JSON.stringify(report));
  mkdirSync(join(applications, 'New.app/Contents'), { recursive: true });
  await watcher.check();
  expect(reports()).toBe(2);
  expect(context.changes.at(-1)).toMatchObject({
    kind: 'software.installed',
    data: { software: { name: 'New', version: '1' } },
  });
  rmSync(receipts, { recursive: true });
  await watcher.check();
  await watcher.stop();
  expect(watcher.coverage()[1]).toMatchObject({ area: 'installer receipts', state: 'unsupported' });
});
