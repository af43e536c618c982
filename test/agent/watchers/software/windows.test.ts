import { expect, test } from 'vitest';
import { parsePackageName } from '../../../../agent/watchers/software/appx.windows.ts';
import { parseUninstall } from '../../../../agent/watchers/software/uninstall.windows.ts';
import { watchSoftwareOnWindows } from '../../../../agent/watchers/software/windows.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';
import { fakeRegistry } from '../../../fakes/windows-system.ts';
import { proves } from '../../../support/proofs.ts';

const below = 'Microsoft\\Windows\\CurrentVersion';
const machine = `HKLM\\SOFTWARE\\${below}\\Uninstall`;
const sid = 'S-1-5-21-1-2-3-1001';
const profiles = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList';
const packages = `${`HKU\\${sid}_Classes`}\\Local Settings\\Software\\${below}\\AppModel\\Repository\\Packages`;

test.each([
  ['a program', { DisplayName: 'Viewer', DisplayVersion: '1.2', Publisher: 'Example' }, ['Viewer 1.2 Example']],
  ['names compare without regard to case', { displayname: 'Viewer', DISPLAYVERSION: '1' }, ['Viewer 1 ']],
  ['without a name', { DisplayVersion: '1.2' }, []],
  ['a part of Windows', { DisplayName: 'Part', SystemComponent: 1 }, []],
  ['an update of another', { DisplayName: 'KB1', ParentKeyName: 'Office' }, []],
  ['a name that is no text', { DisplayName: 7 }, []],
  ['a name that would turn what a reader sees', { DisplayName: 'a\u202Eb' }, ['a\uFFFDb  ']],
])('%s', (_what, values, expected) => {
  const titles = parseUninstall(new Map(Object.entries(values)), 64);
  expect(titles.map(({ name, version, publisher = '' }) => `${name} ${version} ${publisher}`)).toEqual(expected);
});

test.each([
  ['Microsoft.WindowsCalculator_11.2401.0.0_x64__8wekyb3d8bbwe', 'Microsoft.WindowsCalculator 11.2401.0.0 x64'],
  ['Example.App_1.0.0.0_neutral__8wekyb3d8bbwe', 'Example.App 1.0.0.0 '],
  ['Example.App_1.0.0.0_neutral_split.language-de_8wekyb3d8bbwe', undefined],
  ['no package', undefined],
])('%s', (fullName, expected) => {
  const [title] = parsePackageName(fullName);
  expect(title && `${title.name} ${title.version} ${title.architecture ?? ''}`).toBe(expected);
});

async function told(registry: ReturnType<typeof fakeRegistry>, memory?: unknown) {
  const context = fakeContext({ memory });
  const watcher = watchSoftwareOnWindows({ registry }, {})(context);
  await watcher.start();
  return { context, watcher };
}

test('both views and every person signed in are read; what is listed twice is one title', async ({ task }) => {
  proves(task, { os: 'windows', by: 'fixtures', capability: 'software', area: 'installed programs' });
  proves(task, { os: 'windows', by: 'fixtures', capability: 'software', area: 'store packages' });
  const registry = fakeRegistry({
    [`${machine}\\Viewer`]: { DisplayName: 'Viewer', DisplayVersion: '1' },
    [`${machine}\\Again`]: { DisplayName: 'Viewer', DisplayVersion: '1' },
    [`32:${machine}\\Old`]: { DisplayName: 'Old', DisplayVersion: '2' },
    [`${profiles}\\${sid}`]: { ProfileImagePath: 'C:\\Users\\anna' },
    [`HKU\\${sid}\\SOFTWARE\\${below}\\Uninstall\\Chat`]: { DisplayName: 'Chat', DisplayVersion: '3' },
    [`${packages}\\Example.App_1.0.0.0_x64__8wekyb3d8bbwe`]: {},
  });
  const { context, watcher } = await told(registry);
  await watcher.stop();
  const listed = context.changes.flatMap((change) =>
    change.kind === 'software.listed' ? change.data.software.map(({ source, name }) => `${source} ${name}`) : [],
  );
  expect(listed).toEqual(['windows Viewer', 'windows Old', 'windows Chat', 'appx Example.App']);
});

test('signing out removes nothing; a profile that is deleted does', async () => {
  const chat = `HKU\\${sid}\\SOFTWARE\\${below}\\Uninstall\\Chat`;
  const profile = { [`${profiles}\\${sid}`]: { ProfileImagePath: 'C:\\Users\\anna' } };
  const signedIn = fakeRegistry({ ...profile, [chat]: { DisplayName: 'Chat', DisplayVersion: '3' } });
  const first = await told(signedIn);
  await first.watcher.stop();
  const { [chat]: _gone, ...signedOut } = signedIn.content();
  const registry = fakeRegistry(signedOut);
  const second = await told(registry, first.context.memory);
  expect(second.context.changes).toEqual([]);
  await second.watcher.stop();
  const { [`${profiles}\\${sid}`]: _profile, ...deleted } = registry.content();
  const third = await told(fakeRegistry(deleted), first.context.memory);
  await third.watcher.stop();
  expect(third.context.changes).toMatchObject([{ kind: 'software.removed', data: { software: { name: 'Chat' } } }]);
});
