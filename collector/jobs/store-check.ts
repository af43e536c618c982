import { raiseOwnAlert } from '../alerting/own-alerts.ts';
import type { CollectorContext } from '../context.ts';
import type { UpkeepTable } from '../store/register-tables.ts';
import type { Survey } from '../store/survey.ts';
import { noteUpkeep, upkeepOf } from '../store/upkeep.ts';
import { verifyUpkeep } from '../store/verify.ts';
import { type Job, job } from './job.ts';

const everyMilliseconds = 10 * 60 * 1000;
const day = 24 * 60 * 60 * 1000;

export interface StoreCheckParts extends CollectorContext {
  /** @returns undefined when it was called off */
  survey(calledOff: AbortSignal): Promise<Survey | undefined>;
}

/**
 * Soon after each start, when a power cut would show, and then once a day: looks whether the store is whole and its events are
 * as they were signed. The collector goes on with what it finds broken, so that no evidence is turned away; people are told.
 */
export function storeCheck(parts: StoreCheckParts): Job {
  const { store, clock, log } = parts;
  const stopping = new AbortController();
  let isFirst = true;

  async function look(): Promise<void> {
    const last = (await upkeepOf(store)).get('pages');
    const began = clock.now();
    // A clock that was set back must not put it off for ever.
    if (!isFirst && last && began - last.at < day && began >= last.at) return;
    const found = await parts.survey(stopping.signal);
    if (!found) return;
    isFirst = false;
    // Said before it is written: what is damaged may not be written to.
    for (const { table } of found.damaged) log.fatal({ table }, 'the store is damaged');
    if (found.verified?.holds === false) log.error('stored events are not as their computers signed them');
    await tell(found);
  }

  async function tell({ damaged, verified }: Survey): Promise<void> {
    const now = clock.now();
    await noteUpkeep(store, pagesUpkeep(damaged, now));
    if (damaged.length > 0) await raiseOwnAlert(parts, 'store-damaged', '');
    if (!verified) return;
    await noteUpkeep(store, verifyUpkeep(verified, now));
    if (!verified.holds) await raiseOwnAlert(parts, 'store-altered', '');
  }

  const checking = job({ log, everyMilliseconds, failure: 'the store could not be checked', look });
  return {
    ...checking,
    stop() {
      stopping.abort();
      return checking.stop();
    },
  };
}

function pagesUpkeep(damaged: Survey['damaged'], at: number): UpkeepTable {
  const detail =
    damaged.length === 0
      ? 'Every page of the store fits.'
      : damaged.map(({ table, says: [first = ''] }) => `The table ${table} is damaged: ${first}`).join(' ');
  return { what: 'pages', at, well: damaged.length === 0 ? 1 : 0, detail: detail.slice(0, 500) };
}
