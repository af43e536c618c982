import { hash } from 'node:crypto';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { raiseAlerts } from '../alerting/alerts.ts';
import { faultFinding } from '../alerting/faults.ts';
import { currentPolicy } from '../policies/policies.ts';
import { detailsOf, saveDetails } from '../register/asset-details.ts';
import { computerById } from '../register/computer.ts';
import { ownComputer } from '../register/computers.ts';
import { changeMedium } from '../register/media.ts';
import { mediaLine } from '../register/media-register.ts';
import type { StoreTransaction } from '../store/tables.ts';
import { linkAlert } from './incident-row.ts';
import { incidentRules } from './incident-rules.ts';
import { type Opened, openIncident } from './incidents.ts';

export interface Loss {
  /** What happened, who told it and when. */
  note: string;
  by: string;
  accountId: string;
  now: number;
}

/** The incident, and what to tell open pages. */
export interface Lost extends Opened {
  computerId: string;
  alertIds: string[];
}

/**
 * One action for a computer that is lost or stolen: what was known of it is frozen into an incident, it is marked in
 * the register, and those whom the profile names are told. All of it, or nothing.
 * @throws PortcullisError `noSuchComputer`, `lostAlready`. @throws InvalidError without a note
 */
export async function loseComputer(tx: StoreTransaction, computerId: string, loss: Loss): Promise<Lost> {
  const note = noteOf(loss);
  const computer = await computerById(tx, computerId);
  if (!computer) throw new PortcullisError('noSuchComputer', 'There is no such computer.');
  const details = await detailsOf(tx, computer.no);
  if (details.disposal === 'lost') throw new PortcullisError('lostAlready', 'This computer is marked as lost already.');
  const { accountId, now } = loss;
  const opened = await openIncident(
    tx,
    { source: 'lost', alertIds: [], computerId, openedBy: accountId, note, now },
    { title: `Lost or stolen: ${computer.hostname}`, type: 'lost-device' },
  );
  await saveDetails(tx, computer, { ...details, disposal: 'lost' }, { accountId, now });
  return { ...opened, computerId, alertIds: await tellLoss(tx, computer.no, `computer ${computerId}`, opened.id, now) };
}

/**
 * The same for a medium. One that nobody issued is not in the register and cannot be marked there.
 * @param lineId of the register of media
 * @throws PortcullisError `noSuchMedium`, `wrongState`. @throws InvalidError without a note
 */
export async function loseMedium(tx: StoreTransaction, lineId: string, loss: Loss): Promise<Lost> {
  const note = noteOf(loss);
  const row = await mediaLine(tx, lineId);
  if (!row) throw new PortcullisError('noSuchMedium', 'There is no such medium.');
  const { accountId, by, now } = loss;
  const name = row.label ?? ([row.vendor, row.product].filter(Boolean).join(' ') || 'a medium');
  const computerId = row.last_computer_id ?? undefined;
  const opened = await openIncident(
    tx,
    { source: 'lost', alertIds: [], ...(computerId && { computerId }), openedBy: accountId, note, now },
    { title: cleanText(`Lost or stolen: ${name}`), type: 'lost-device', mediumLine: lineId },
  );
  if (row.medium_id !== null)
    await changeMedium(tx, row.medium_id, 'lost', { by, accountId, now, note: cleanText(note) });
  const own = await ownComputer(tx, now);
  const place = { no: row.last_computer_no ?? own.no, id: computerId ?? own.id };
  return {
    ...opened,
    computerId: place.id,
    alertIds: await tellLoss(tx, place.no, `medium ${lineId}`, opened.id, now),
  };
}

function noteOf({ note }: Loss): string {
  const words = note.trim();
  if (words === '') throw new InvalidError('Say what happened, who told it and when.');
  return words;
}

async function tellLoss(
  tx: StoreTransaction,
  computerNo: number,
  about: string,
  incidentId: string,
  now: number,
): Promise<string[]> {
  const published = await currentPolicy(tx);
  const rules = incidentRules(published?.policy.profile ?? '');
  const finding = {
    ...faultFinding('device-lost', rules.clauses.lost, now),
    group: hash('sha256', `device-lost ${about}`),
    recipients: rules.lost,
  };
  const raise = { computerNo, policyVersion: published?.version ?? 0, findings: [finding], now };
  const alertIds = await raiseAlerts(tx, raise);
  for (const alertId of alertIds) await linkAlert(tx, incidentId, alertId, now);
  return alertIds;
}
