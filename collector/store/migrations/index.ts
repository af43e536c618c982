import type { Migration } from 'kysely/migration';
import * as initial from './0001-initial.ts';
import * as registerAndApprovals from './0002-register-and-approvals.ts';

/** In order of their numbers; listed by hand, so that importing tells the whole history. */
export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-register-and-approvals': registerAndApprovals,
};
