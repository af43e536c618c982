import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import type { GoLiveStepsTable } from '../store/transparency-tables.ts';

/** What the law and the two policies ask for before staff are watched (ICO, monitoring workers; CCG 17). */
export const goLiveSteps = [
  'staff-notice',
  'dpia',
  'consultation',
] as const satisfies readonly GoLiveStepsTable['step'][];
export type GoLiveStep = (typeof goLiveSteps)[number];

export const goLiveWords: Readonly<Record<GoLiveStep, string>> = {
  'staff-notice': 'Staff were told what is recorded about them',
  dpia: 'The data protection impact assessment was approved',
  consultation: 'Staff or their representatives were heard, or it was decided why not',
};

/** Computers that may be enrolled to try Portcullis out before every step is recorded. */
export const trialComputers = 10;

export type RecordedSteps = Partial<Record<GoLiveStep, GoLiveStepsTable>>;

/** The newest record of each step. */
export async function recordedSteps(store: Store): Promise<RecordedSteps> {
  const rows = await store.selectFrom('go_live_steps').selectAll().orderBy('id').execute();
  return Object.fromEntries(rows.map((row) => [row.step, row]));
}

export function missingSteps(recorded: RecordedSteps): GoLiveStep[] {
  return goLiveSteps.filter((step) => !recorded[step]);
}

export interface NewStep {
  step: GoLiveStep;
  reference: string;
  decidedOn: string;
  decidedBy: string;
  by: string;
  now: number;
}

/** @throws InvalidError with a line for each fault */
export async function recordStep(tx: StoreTransaction, { step, decidedOn, by, now, ...given }: NewStep): Promise<void> {
  const reference = cleanText(given.reference).trim();
  const decidedBy = cleanText(given.decidedBy).trim();
  const today = new Date(now).toISOString().slice(0, 10);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(decidedOn) && !Number.isNaN(Date.parse(decidedOn));
  const faults = [
    ...(reference.length < 2 ? ['Enter the reference under which the document is kept.'] : []),
    ...(decidedBy.length < 2 ? ['Enter the role or body that decided, for example “IG Steering Group”.'] : []),
    ...(isDay && decidedOn <= today ? [] : ['Enter the day it was decided, not later than today, like 2026-11-30.']),
  ];
  if (faults.length > 0) throw new InvalidError(faults.join('\n'));
  const row = { id: uuidv7(now), step, reference, decided_on: decidedOn, decided_by: decidedBy };
  await tx
    .insertInto('go_live_steps')
    .values({ ...row, recorded_at: now, recorded_by: by })
    .execute();
}

/**
 * Outside a trial nobody is watched before the steps are recorded.
 * @param more computers that are about to be allowed
 * @throws PortcullisError `notTold` when a step is missing and the trial would grow too large
 */
export async function checkEnrolment(store: Store, more: number, now: number): Promise<void> {
  const missing = missingSteps(await recordedSteps(store));
  if (missing.length === 0) return;
  const already = await enrolledOrAllowed(store, now);
  if (already + more <= trialComputers) return;
  const steps = missing.map((step) => goLiveWords[step].toLowerCase()).join('; ');
  throw new PortcullisError(
    'notTold',
    `A trial has at most ${trialComputers} computers, and ${already} are enrolled or allowed to be. Before more, record under “Transparency” that: ${steps}.`,
  );
}

/** Computers that report, and those that unused enrolment codes still let in. */
async function enrolledOrAllowed(store: Store, now: number): Promise<number> {
  const { active } = await store
    .selectFrom('computers')
    .select((eb) => eb.fn.countAll<number>().as('active'))
    .where('state', '=', 'active')
    .executeTakeFirstOrThrow();
  const { open } = await store
    .selectFrom('enrolment_tokens')
    .select((eb) => eb.fn.coalesce(eb.fn.sum<number>(eb('uses_allowed', '-', eb.ref('uses'))), eb.val(0)).as('open'))
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow();
  return active + open;
}
