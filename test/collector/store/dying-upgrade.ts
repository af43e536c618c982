import { migrate, openStore } from '../../../collector/store/database.ts';
import { migrations } from '../../../collector/store/migrations/index.ts';

/*
 * A program of its own: upgrades a store and is killed right after a migration, before anything else happens.
 *
 *     node dying-upgrade.ts STORE MIGRATION
 */
const [, , file = '', level = ''] = process.argv;
const migration = migrations[level];
if (!migration) throw new Error(`There is no migration ${level}.`);
migrations[level] = {
  ...migration,
  async up(db) {
    await migration.up(db);
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => undefined);
  },
};
const { store, close } = openStore(file);
await migrate(store).finally(close);
