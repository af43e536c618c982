import { expect, it } from 'vitest';
import { CpuShare } from '../../../../agent/identifiers/inspector/cpu-share.ts';

const never = new AbortController().signal;

it('rests nine times as long as it worked for a tenth of the processor', async () => {
  const share = new CpuShare(() => 0.1, never);
  share.worked(10);
  share.worked(10);
  const started = performance.now();
  await share.rest();
  // Timers may be a millisecond early.
  expect(performance.now() - started).toBeGreaterThan(9 * 20 - 2);
});

it('does not rest with a whole processor, and no longer than until it is to stop', async () => {
  const whole = new CpuShare(() => 1, never);
  whole.worked(1e9);
  await whole.rest();
  const stop = new AbortController();
  const share = new CpuShare(() => 0.001, stop.signal);
  share.worked(1e6);
  const rest = share.rest();
  stop.abort();
  await rest;
});
