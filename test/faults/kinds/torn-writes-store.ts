import { tornWrites } from './disk.ts';

export const tornWritesStore = tornWrites(
  'torn-writes-store',
  'the power goes while the store is written: unsynced writes are torn, dropped and reordered',
  'collector',
  '/store.sqlite',
);
