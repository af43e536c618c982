import { parentPort, workerData } from 'node:worker_threads';
import { recordAudit } from '../accounts/audit.ts';
import { alertRaiser } from '../alerting/alerts.ts';
import { noteRedeemed } from '../approvals/codes.ts';
import { headAdvancer, saveFacts, saveStatus } from '../register/computers.ts';
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
const saveSightings = sightingSaver(store);

async function carryOut(tx: StoreTransaction, job: Job): Promise<JobResult> {
  switch (job.type) {
    case 'batch':
      return storeBatch(tx, job);
    case 'status':
      await saveStatus(tx, job.computerNo, job.status, job.receivedAt);
      return { stored: true, alertIds: [] };
    case 'fault': {
      const { computerNo, finding, policyVersion, receivedAt: now } = job;
      return { stored: true, alertIds: await raiseAlerts(tx, { computerNo, policyVersion, findings: [finding], now }) };
    }
    case 'seen':
      await recordAudit(tx, job.entry);
      return { stored: true, alertIds: [] };
  }
}

async function storeBatch(tx: StoreTransaction, job: BatchJob): Promise<JobResult> {
  const { columns, from, to, policyVersion, facts, redeemed, updates } = job;
  const { computerNo: no, receivedAt: now } = columns;
  const moved = await advanceHead(tx, {
    no,
    from: { seq: from.seq, link: Buffer.from(from.link) },
    to: { seq: to.seq, link: Buffer.from(to.link) },
    proof: job.proof,
    now,
  });
  if (!moved) return { stored: false, code: 'brokenChain' };
  await insertEvents(tx, columns);
  await insertGaps(
    tx,
    job.gaps.map((gap) => ({
      computer_no: no,
      from_seq: gap.from,
      to_seq: gap.to,
      link: Buffer.from(gap.link),
      received_at: now,
      proof: job.proof,
    })),
  );
  if (facts) await saveFacts(tx, no, facts);
  await saveSightings(tx, no, job.sightings);
  const forged = redeemed !== undefined && !(await noteRedeemed(tx, no, redeemed.codes));
  const findings = forged ? [...job.findings, redeemed.ifUnknown] : job.findings;
  const alertIds = findings.length === 0 ? [] : await raiseAlerts(tx, { computerNo: no, policyVersion, findings, now });
  if (updates) alertIds.push(...(await noteUpdates(tx, no, { ...updates, policyVersion, now })));
  return { stored: true, alertIds };
}

async function together(jobs: Job[]): Promise<JobResult[]> {
  return store.transaction().execute(async (tx) => {
    const results: JobResult[] = [];
    for (const job of jobs) results.push(await carryOut(tx, job));
    return results;
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
