import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { darwinSaveSource } from '../../../../agent/watchers/document-saves/darwin.ts';
import type { SaveSignal } from '../../../../agent/watchers/document-saves/source.ts';
import { fakeMac } from '../../../fakes/darwin-tools.ts';
import { tempFolder } from '../../../fakes/temp-folder.ts';
import { proves } from '../../../support/proofs.ts';

function quietSink() {
  const saved: SaveSignal[] = [];
  const extensions = new Set(['docx']);
  return {
    saved,
    sink: {
      extensions: () => extensions,
      wants: (path: string) => !path.includes('/Library/'),
      saved: (signal: SaveSignal) => void saved.push(signal),
      folderMoved: () => undefined,
      lost: () => undefined,
      coverageChanged: () => undefined,
      sharedSeen: () => undefined,
      sharedMissed: () => undefined,
    },
  };
}

test.for([
  ['/Users/anna/Desktop/a.docx', 'desktop'],
  ['/Users/anna/Documents/sub/a.docx', 'documents'],
  ['/Users/anna/Downloads/a.docx', 'downloads'],
  ['/Users/anna/Movies/a.docx', 'local-fixed'],
  ['/Users/anna/a.docx', 'local-fixed'],
  ['/Users/anna/Library/Mobile Documents/com~apple~CloudDocs/a.docx', 'cloud-sync'],
  ['/Users/anna/Library/CloudStorage/OneDrive-Example/a.docx', 'cloud-sync'],
  ['/Users/anna/Dropbox/a.docx', 'cloud-sync'],
  ['/Users/anna/Library/Containers/com.example/Data/a.docx', null],
  ['/Users/anna/.Trash/a.docx', null],
  ['/Users/anna/Pictures/Photos Library.photoslibrary/originals/a.docx', null],
  ['/Users/ben/Documents/a.docx', 'personal-network'],
  ['/Users/Shared/a.docx', 'local-fixed'],
  ['/Volumes/BACKUP/a.docx', 'removable'],
  ['/Volumes/Shared notes (2026)/a.docx', 'shared'],
  ['/Applications/a.docx', null],
  ['/System/Volumes/Preboot/a.docx', null],
  ['/private/tmp/a.docx', 'temporary'],
  ['/Data/a.docx', 'local-fixed'],
] as const)('%s is %s', async ([path, place], { task }) => {
  proves(task, { os: 'darwin', by: 'fixtures', capability: 'document-saves', area: 'places' });
  const source = darwinSaveSource(fakeMac());
  const listening = await source.listen(quietSink().sink);
  expect(source.placeOf(path)).toBe(place);
  await listening.stop();
});

test('a document saved in the folders of a home is signalled; one in its Library is not', async ({ task }) => {
  proves(task, { os: 'darwin', by: 'fixtures', capability: 'document-saves' });
  using folder = tempFolder();
  const home = join(folder.path, 'anna');
  for (const name of ['Documents', 'Library']) mkdirSync(join(home, name), { recursive: true });
  const mac = fakeMac();
  mac.alter = (text) => text.replaceAll('/Users/anna', home);
  const { saved, sink } = quietSink();
  const source = darwinSaveSource(mac, join(folder.path, 'Shared'));
  const listening = await source.listen(sink);
  writeFileSync(join(home, 'Library', 'a.docx'), 'x');
  writeFileSync(join(home, 'Documents', 'a.docx'), 'x');
  await vi.waitFor(() => expect(saved.map(({ path }) => path)).toContain(join(home, 'Documents', 'a.docx')));
  await listening.stop();
  expect(saved.filter(({ path }) => path.includes('Library'))).toEqual([]);
  expect(source.coverage()).toMatchObject([{ state: 'failed' }]);
});

test('a file takes no room where only iCloud holds it', () => {
  using folder = tempFolder();
  const source = darwinSaveSource(fakeMac());
  const [here, away] = [join(folder.path, 'here.docx'), join(folder.path, 'away.docx')];
  writeFileSync(here, 'text');
  expect(source.isPlaceholder?.(here)).toBe(false);
  expect(source.isPlaceholder?.(away)).toBe(false);
});
