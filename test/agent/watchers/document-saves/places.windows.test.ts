import { describe, expect, test } from 'vitest';
import { isWithinOnWindows, plainPath } from '../../../../agent/platform/windows/paths.ts';
import type { DriveType } from '../../../../agent/platform/windows/volumes.ts';
import { readHomes } from '../../../../agent/watchers/document-saves/homes.windows.ts';
import { placeOnWindows } from '../../../../agent/watchers/document-saves/places.windows.ts';
import { fakeRegistry } from '../../../fakes/windows-system.ts';
import { proves } from '../../../support/proofs.ts';

const sid = 'S-1-5-21-1-2-3-1001';
const other = 'S-1-5-21-1-2-3-1002';
const profiles = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList';
const registry = fakeRegistry({
  [`${profiles}\\${sid}`]: { ProfileImagePath: '%SystemDrive%\\Users\\anna' },
  [`${profiles}\\${other}`]: { ProfileImagePath: 'C:\\Users\\ben' },
  [`${profiles}\\S-1-5-18`]: { ProfileImagePath: 'C:\\Windows\\system32\\config\\systemprofile' },
  [`HKU\\${sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders`]: {
    Desktop: '%USERPROFILE%\\OneDrive - Example\\Schreibtisch',
    Personal: '\\\\server\\home$\\anna',
    '{374DE290-123F-4565-9164-39C4925E467B}': 'D:\\Geladenes',
  },
  [`HKU\\${sid}\\Software\\Microsoft\\OneDrive\\Accounts\\Business1`]: { UserFolder: 'C:\\Users\\anna\\Firma' },
});
const drives = new Map<string, DriveType>([
  ['C:', 'fixed'],
  ['D:', 'fixed'],
  ['E:', 'removable'],
  ['S:', 'network'],
]);
const around = { homes: readHomes(registry, { SystemDrive: 'C:' }), drives, systemDrive: 'C:' };

describe('the kind of place a path lies in', () => {
  test.each([
    ['C:/Users/anna/Desktop/a.docx', 'desktop'],
    ['c:/users/ANNA/desktop/a.docx', 'desktop'],
    ['C:/Users/anna/OneDrive - Example/Schreibtisch/a.docx', 'cloud-sync'],
    ['C:/Users/anna/Firma/a.docx', 'cloud-sync'],
    ['//server/home$/anna/a.docx', 'personal-network'],
    ['//server/team/a.docx', 'shared'],
    ['S:/team/a.docx', 'shared'],
    ['D:/Geladenes/a.docx', 'downloads'],
    ['D:/Work/a.docx', 'local-fixed'],
    ['C:/Users/ben/Documents/a.docx', 'documents'],
    ['C:/Users/ben/a.docx', 'local-fixed'],
    ['C:/Users/Public/Documents/a.docx', 'local-fixed'],
    ['E:/a.docx', 'removable'],
    ['C:/Users/anna/AppData/Roaming/x/a.docx', null],
    ['C:/Users/anna/AppData/Local/Temp/a.docx', 'temporary'],
    ['C:/Windows/Temp/a.docx', 'temporary'],
    ['C:/Windows/a.docx', null],
    ['C:/Program Files/x/a.docx', null],
    ['C:/Users/Default/Documents/a.docx', null],
    ['D:/$Recycle.Bin/S-1-5-21/a.docx', null],
    ['D:/project/node_modules/x/a.txt', null],
  ])('%s is %s', (path, place) => {
    expect(placeOnWindows(path, around)).toBe(place);
  });

  test('services have profiles, and no homes', ({ task }) => {
    proves(task, {
      os: 'windows',
      by: 'fixtures',
      capability: 'document-saves',
      area: 'places',
    });
    expect(around.homes.map(({ path }) => path)).toEqual(['C:/Users/anna', 'C:/Users/ben']);
  });
});

test.each([
  ['c:\\Users\\anna\\', 'C:/Users/anna'],
  ['D:\\', 'D:/'],
  ['\\\\server\\share\\x', '//server/share/x'],
  ['\\\\?\\C:\\x', 'C:/x'],
  ['\\\\?\\UNC\\server\\share', '//server/share'],
])('%s is written %s', (path, plain) => {
  expect(plainPath(path)).toBe(plain);
});

test('a folder whose name another one only begins with is not that folder', () => {
  expect(isWithinOnWindows('C:/Users/annabel/a', 'C:/Users/anna')).toBe(false);
  expect(isWithinOnWindows('D:/a', 'D:/')).toBe(true);
  expect(isWithinOnWindows('C:/Union/a', 'c:\\union')).toBe(true);
});
