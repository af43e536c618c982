import { join } from 'node:path';
import { migrate, openStore } from '../../collector/store/database.ts';
import type { Store } from '../../collector/store/tables.ts';
import { tempFolder } from './temp-folder.ts';

/** A real store at the newest schema in a folder of its own: `await using { store } = await testStore()`. */
export async function testStore(): Promise<{ store: Store; file: string; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = tempFolder();
  const file = join(folder.path, 'store.sqlite');
  const { store, close } = openStore(file);
  await migrate(store);
  return {
    store,
    file,
    async [Symbol.asyncDispose]() {
      await close();
      folder[Symbol.dispose]();
    },
  };
}
