import type { PortcullisEvent } from '#shared/events/kinds.ts';

/** What the system did about it, for a mail: blocked, allowed, or nothing but to record. Pure. */
export function whatWasDone(event: PortcullisEvent | undefined): string {
  const { decision, outcome } = event ?? {};
  if (!decision) return 'It was recorded. Nothing was stopped.';
  if (decision.mode === 'report') return 'It was recorded. Nothing was stopped: at present the policy only records.';
  const denied = Object.values(decision.rights).includes('deny');
  if (!denied) return 'It was allowed and recorded.';
  if (outcome?.state === 'failed') return 'It was to be stopped, and that could not be done. It was recorded.';
  if (outcome?.state === 'unsupported') return 'It was to be stopped, which this computer cannot do. It was recorded.';
  return 'It was stopped, in whole or in part, and recorded.';
}
