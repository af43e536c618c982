import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FolderWatch, watchFolders } from '../../../../agent/watchers/document-saves/inotify.linux.ts';
import type { SaveSignal } from '../../../../agent/watchers/document-saves/source.ts';

let home: string;
let signals: SaveSignal[];
let coverageChanges: number;
let watch: FolderWatch | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'portcullis-folders-'));
  signals = [];
  coverageChanges = 0;
});
afterEach(async () => {
  await watch?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function start(mostFolders?: number): Promise<FolderWatch> {
  watch = watchFolders({
    sink: {
      extensions: () => new Set(['docx']),
      wants: () => true,
      saved: (signal) => signals.push(signal),
      folderMoved: () => undefined,
      lost: () => undefined,
      sharedSeen: () => undefined,
      sharedMissed: () => undefined,
      coverageChanged: () => {
        coverageChanges += 1;
      },
    },
    enters: (folder) => !folder.endsWith('/.cache'),
    isDocument: (name) => name.endsWith('.docx'),
    ...(mostFolders === undefined ? {} : { mostFolders }),
  });
  await watch.addRoots([home]);
  return watch;
}
function make(...folders: string[]): void {
  for (const folder of folders) mkdirSync(join(home, folder), { recursive: true });
}

describe('folders watched one by one', () => {
  it('are those that documents can lie in', async () => {
    make('a/b', '.cache/c');
    expect((await start()).count()).toBe(3);
  });

  it('are no more than allowed, and it is said', async () => {
    make('a', 'b', 'c');
    const limited = await start(2);
    expect(limited.count()).toBe(2);
    expect(limited.limit()).toBe('Only 2 folders are watched; there are more.');
    expect(coverageChanges).toBe(1);
  });

  it('come and go with the tree', async () => {
    const folders = await start();
    make('a/b/c');
    await vi.waitFor(() => expect(folders.count()).toBe(4), 30_000);
    renameSync(join(home, 'a/b'), join(home, 'z'));
    rmSync(join(home, 'a'), { recursive: true });
    await vi.waitFor(() => expect(folders.count()).toBe(3), 30_000);
    writeFileSync(join(home, 'z/c/x.docx'), 'x');
    await vi.waitFor(() => expect(signals.map(({ path }) => path)).toContain(join(home, 'z/c/x.docx')), 30_000);
  });

  it('are not watched twice when roots are added again', async () => {
    make('a');
    const folders = await start();
    await folders.addRoots([home]);
    expect(folders.count()).toBe(2);
  });

  it('are let go at the end', async () => {
    const folders = await start();
    await folders.stop();
    writeFileSync(join(home, 'x.docx'), 'x');
    expect(folders.count()).toBe(0);
    expect(signals).toEqual([]);
  });
});
