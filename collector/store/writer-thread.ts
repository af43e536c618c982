import { parentPort, workerData } from 'node:worker_threads';
import type { RefusalCode } from '#shared/protocol/protocol.ts';
import { recordAudit } from '../accounts/audit.ts';
import { alertRaiser, type Raise } from '../alerting/alerts.ts';
import type { Finding } from '../alerting/rules.ts';
import { noteRedeemed } from '../approvals/codes.ts';
import { headAdvancer, saveFacts, statusSaver } from '../register/computers.ts';
import { sightingSaver } from '../register/sightings.ts';
import { noteUpdates } from '../updates/roll-out-computers.ts';
import { openStore } from './database.ts';
import { eventInserter, insertGaps } from './events.ts';
import type { BatchJob, Job, JobResult, WriterReply, WriterRequest } from './jobs.ts';
import type { StoreTransaction } from './tables.ts';

/*
 * The writer thread: its own connection, so that parsing and checking in the main thread overlap with the disk.
 * All jobs of one request share one transaction, and so one wait for the disk.
 */
const port = parentPort;
if (!port) throw new TypeError('this file is the entry of a worker thread');
const { store, close } = openStore(String(workerData));
const insertEvents = eventInserter(store);
const raiseAlerts = alertRaiser(store);
const advanceHead = headAdvancer(store);
const saveStatus = statusSaver(store);
const saveSightings = sightingSaver(store);

/** What the jobs of one transaction leave to be written for all of them together. */
interface Gathered {
  batches: BatchJob[];
  /** By the job's place in the request. */
  raises: Map<number, Raise>;
  /** Alerts that a job raised by itself, by the same. */
  alertIds: Map<number, string[]>;
}

/** @returns why it was not taken */
async function carryOut(tx: StoreTransaction, job: Job, place: number, to: Gathered): Promise<RefusalCode | undefined> {
  switch (job.type) {
    case 'batch': {
      if (!(await advance(tx, job))) return 'brokenChain';
      to.batches.push(job);
      const findings = await findingsOf(tx, job);
      const { policyVersion, updates } = job;
      const { computerNo, receivedAt: now } = job.columns;
      if (findings.length > 0) to.raises.set(place, { computerNo, policyVersion, findings, now });
      if (updates) to.alertIds.set(place, await noteUpdates(tx, computerNo, { ...updates, policyVersion, now }));
      return;
    }
    case 'status':
      await saveStatus(tx, job.computerNo, job.status, job.receivedAt);
      return;
    case 'fault': {
      const { computerNo, finding, policyVersion, receivedAt: now } = job;
      to.raises.set(place, { computerNo, policyVersion, findings: [finding], now });
      return;
    }
    case 'seen':
      await recordAudit(tx, job.entry);
      return;
  }
}

/** Moves the computer's head over the batch, if it stands where the batch follows on. */
async function advance(tx: StoreTransaction, { columns, from, to, proof, gaps, facts }: BatchJob): Promise<boolean> {
  const { computerNo: no, receivedAt: now } = columns;
  const moved = await advanceHead(tx, {
    no,
    from: { seq: from.seq, link: Buffer.from(from.link) },
    to: { seq: to.seq, link: Buffer.from(to.link) },
    proof,
    now,
  });
  if (!moved) return false;
  await insertGaps(
    tx,
    gaps.map((gap) => ({
      computer_no: no,
      from_seq: gap.from,
      to_seq: gap.to,
      link: Buffer.from(gap.link),
      received_at: now,
      proof,
    })),
  );
  if (facts) await saveFacts(tx, no, facts);
  return true;
}

async function findingsOf(tx: StoreTransaction, { columns, findings, redeemed }: BatchJob): Promise<Finding[]> {
  const forged = redeemed !== undefined && !(await noteRedeemed(tx, columns.computerNo, redeemed.codes));
  return forged ? [...findings, redeemed.ifUnknown] : findings;
}

async function together(jobs: Job[]): Promise<JobResult[]> {
  return store.transaction().execute(async (tx) => {
    const gathered: Gathered = { batches: [], raises: new Map(), alertIds: new Map() };
    const refusals: (RefusalCode | undefined)[] = [];
    for (const [place, job] of jobs.entries()) refusals.push(await carryOut(tx, job, place, gathered));
    const { batches, raises, alertIds } = gathered;
    await insertEvents(
      tx,
      batches.map(({ columns }) => columns),
    );
    await saveSightings(
      tx,
      batches.map(({ columns, sightings }) => ({ computerNo: columns.computerNo, sightings })),
    );
    const raised = await raiseAlerts(tx, [...raises.values()]);
    for (const [index, place] of [...raises.keys()].entries())
      alertIds.set(place, [...(raised[index] ?? []), ...(alertIds.get(place) ?? [])]);
    return refusals.map(
      (code, place): JobResult =>
        code === undefined ? { stored: true, alertIds: alertIds.get(place) ?? [] } : { stored: false, code },
    );
  });
}

/** One job that the store does not take must not hold up the others: then each gets a transaction of its own. */
async function oneByOne(jobs: Job[]): Promise<JobResult[]> {
  const results: JobResult[] = [];
  for (const job of jobs) {
    results.push(...(await together([job]).catch((): JobResult[] => [{ stored: false, code: 'unavailable' }])));
  }
  return results;
}

async function answer({ id, jobs }: WriterRequest): Promise<void> {
  const results = await together(jobs).catch(() => oneByOne(jobs));
  port?.postMessage({ id, results } satisfies WriterReply);
}

port.on('message', (request: WriterRequest | 'close') => {
  if (request === 'close') {
    close().then(
      () => port.close(),
      () => port.close(),
    );
    return;
  }
  answer(request).catch((error: unknown) => {
    // Ends the thread; the main thread sees it and refuses instead of acknowledging.
    queueMicrotask(() => {
      throw error;
    });
  });
});
