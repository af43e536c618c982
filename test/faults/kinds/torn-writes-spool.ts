import { tornWrites } from './disk.ts';

export const tornWritesSpool = tornWrites(
  'torn-writes-spool',
  'the power goes while the spool is written: unsynced writes are torn, dropped and reordered',
  'agent',
  '/spool.sqlite',
);
