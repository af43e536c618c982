import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { exportStatus } from '../exports/status.ts';
import { outboxFigures } from '../notices/outbox.ts';
import { listBacklogs, listSilent } from '../register/computer-health.ts';
import { computerFigures } from '../register/computer-list.ts';
import { versionCounts, wantedVersions } from '../register/versions.ts';
import { isFull, isNearlyFull, type ReadDiskSpace } from '../store/disk-room.ts';
import type { UpkeepTable } from '../store/register-tables.ts';
import { upkeepOf } from '../store/upkeep.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import type { Tag } from './severity.ts';
import { versionsView } from './version-rows.ts';
import { counted, duration, type Moment, moment, size } from './words.ts';

/** One thing the collector needs, how it is, and what to do. */
interface Check {
  what: string;
  state: Tag;
  says: string;
  at?: Moment | undefined;
}

const good = (text = 'Good'): Tag => ({ text, colour: 'green' });
const bad = (text: string): Tag => ({ text, colour: 'red' });
const unknown: Tag = { text: 'Not known', colour: 'yellow' };

/** How the collector and its agents are doing. */
export function healthRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/health', async (request, reply) => {
    const now = context.clock.now();
    const { store } = context;
    const upkeep = await upkeepOf(store);
    const backlogs = await listBacklogs(store);
    const versions = versionsView(await versionCounts(store), await wantedVersions(store), now);
    const data = {
      checks: [
        await agentsCheck(context, now),
        versions.check,
        await diskCheck(context.storeFile, context.diskSpace),
        pagesCheck(upkeep.get('pages'), now),
        verifyCheck(upkeep.get('verify'), now),
        backupCheck(upkeep.get('backup'), now),
        retentionCheck(upkeep.get('retention'), now),
        await exportCheck(context),
        await mailCheck(context, now),
      ] satisfies Check[],
      versions: versions.tables,
      silent: (await listSilent(store, now)).map((one) => ({
        name: one.hostname,
        href: `/computers/${one.id}`,
        seen: one.last_seen_at === null ? undefined : moment(one.last_seen_at),
        since: duration(now - (one.last_seen_at ?? one.enrolled_at)),
        owner: one.owner ?? 'Not known',
      })),
      backlogs: backlogs.map((one) => ({
        name: one.hostname,
        href: `/computers/${one.id}`,
        events: one.events.toLocaleString('en-GB'),
        oldest: one.oldest === undefined ? undefined : duration(now - one.oldest),
      })),
    };
    return sendPage(context, request, reply, { name: 'health', title: 'Health', section: 'health', data });
  });
}

async function agentsCheck({ store }: ConsoleContext, now: number): Promise<Check> {
  const { all, connected, silent, never } = await computerFigures(store, now);
  const says = `${connected} of ${counted(all, 'computer')} connected, ${silent} silent for more than 3 days, ${never} never seen.`;
  return { what: 'Agents', state: silent > 0 ? bad('Some are silent') : good(), says };
}

async function diskCheck(storeFile: string | undefined, read: ReadDiskSpace): Promise<Check> {
  const what = 'Disk of the store';
  if (storeFile === undefined) return { what, state: unknown, says: 'The store is not in a file.' };
  try {
    const used = (await stat(storeFile)).size;
    const space = await read(dirname(storeFile));
    const says = `The store takes ${size(used)}; ${size(space.free)} of ${size(space.all)} are free.`;
    if (isFull(space))
      return { what, state: bad('Full'), says: `${says} No more events are taken; agents keep them. Make room.` };
    return { what, state: isNearlyFull(space) ? bad('Nearly full') : good(), says };
  } catch {
    return { what, state: unknown, says: 'The disk could not be looked at.' };
  }
}

const longWait = 3_600_000;
const noMail: Tag = { text: 'None set up', colour: 'yellow' };

async function mailCheck({ store, notices }: ConsoleContext, now: number): Promise<Check> {
  const what = 'Notices by mail';
  if (!notices.mails)
    return { what, state: noMail, says: 'No mail server is set up. Notices stand in the console alone.' };
  const { failed, waiting, oldestDue, struggling } = await outboxFigures(store, now);
  const oldest = oldestDue === null ? '' : ` The oldest that is due has waited for ${duration(now - oldestDue)}.`;
  const says = `${failed} could not be delivered, ${counted(waiting, 'message')} to go out, ${struggling} tried in vain.${oldest}`;
  if (failed > 0) return { what, state: bad('Some failed'), says };
  const isLate = oldestDue !== null && now - oldestDue > longWait;
  return { what, state: isLate ? bad('Held up') : good(), says };
}

const month = 31 * 24 * 3_600_000;

async function exportCheck({ store, exports }: ConsoleContext): Promise<Check> {
  const what = 'Exports';
  const list = await exportStatus(store, exports.settings);
  if (list.length === 0) return { what, state: good('None set up'), says: 'The settings name no destination.' };
  const waiting = list.reduce((sum, one) => sum + one.waiting, 0);
  const failing = list.filter(({ state }) => state === 'failing');
  const taken = list.flatMap(({ lastTakenAt }) => lastTakenAt ?? []);
  const at = taken.length > 0 ? moment(Math.max(...taken)) : undefined;
  if (failing.length > 0) {
    const says = `${failing.map(({ name, lastError }) => `${name}: ${lastError ?? ''}`).join(' ')} ${counted(waiting, 'record')} wait.`;
    return { what, state: bad('Some take nothing'), says, at };
  }
  const paused = list.filter(({ state }) => state === 'paused').length;
  const says = `${counted(list.length, 'destination')}, ${paused} paused; ${counted(waiting, 'record')} wait.`;
  return { what, state: paused > 0 ? { text: 'Paused', colour: 'yellow' } : good(), says, at };
}

function pagesCheck(row: UpkeepTable | undefined, now: number): Check {
  const what = 'Pages of the store';
  if (!row)
    return { what, state: unknown, says: 'They were not checked yet. It is done soon after a start, and every day.' };
  const at = moment(row.at);
  const mend =
    'New events are still taken. Stop the collector, move its folder aside and keep it, then restore a backup.';
  if (row.well !== 1) return { what, state: bad('Damaged'), says: `${row.detail} ${mend}`, at };
  return { what, state: now - row.at > twoDays ? bad('Not checked for days') : good(), says: row.detail, at };
}

function verifyCheck(row: UpkeepTable | undefined, now: number): Check {
  const what = 'Evidence chains';
  if (!row)
    return { what, state: unknown, says: 'Never verified. Run “portcullis-collector verify” on the collector.' };
  const at = moment(row.at);
  if (row.well !== 1)
    return { what, state: bad('Do not hold'), says: `${row.detail} Keep the store as it is, and look into it.`, at };
  const state: Tag = now - row.at > month ? { text: 'Long ago', colour: 'yellow' } : good('They hold');
  return { what, state, says: row.detail, at };
}

const twoDays = 2 * 24 * 3_600_000;

function retentionCheck(row: UpkeepTable | undefined, now: number): Check {
  const what = 'Retention';
  if (!row) return { what, state: unknown, says: 'It has not run yet. It runs once a day.' };
  const state = now - row.at > twoDays ? bad('Did not run') : good();
  return { what, state, says: row.detail, at: moment(row.at) };
}

function backupCheck(row: UpkeepTable | undefined, now: number): Check {
  const what = 'Backup';
  if (!row) {
    return {
      what,
      state: { text: 'Never made', colour: 'yellow' },
      says: 'Run “portcullis-collector backup FILE” on the collector, or set “backup” in its settings for one every day.',
    };
  }
  const at = moment(row.at);
  if (row.well !== 1) return { what, state: bad('Not good'), says: row.detail, at };
  const age = now - row.at;
  const says = `${row.detail} It is ${duration(Math.max(age, 0))} old.`;
  if (age > month) return { what, state: bad('Too old'), says, at };
  return { what, state: age > twoDays ? { text: 'Some days old', colour: 'yellow' } : good(), says, at };
}
