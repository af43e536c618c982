import type { DeviceFacts } from '#shared/device/facts.ts';
import type { Control } from './enforcement/control.ts';
import type { DecisionKeeper } from './policy/decision-keeper.ts';
import type { Recorder } from './recorder.ts';
import { diff, settle } from './watchers/removable-media/index.ts';

export interface RehearsalParts {
  control: Pick<Control, 'rehearse'>;
  decisions: Pick<DecisionKeeper, 'rehearse'>;
  recorder: Pick<Recorder, 'rehearse'>;
}

/** A stick that does not exist. It says all that a stick can say, so that nothing of the way is left out. */
const madeUp: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0000',
  productId: '0000',
  vendor: 'Rehearsal',
  product: 'Rehearsal',
  serial: 'REHEARSAL',
  serialTrust: 'device',
  interfaces: ['08:06:50'],
  port: '0-0',
};
/** Once compiles the code, twice more lets it learn the shapes of what it is given. */
export const thorough = 3;
const nothing = { devices: [], sharedKeys: [] };

/**
 * Goes the whole way from a stick that was just plugged in to the event that tells of it, and leaves no trace: the next
 * real one does not wait for code that has never run. To be called now and then, since code that does not run for long
 * is given up to save memory. Each time takes one to two milliseconds. Never throws: what fails here is told when it
 * fails for a real one.
 */
export function rehearse(parts: RehearsalParts, times = 1): void {
  try {
    for (let time = 0; time < times; time++) goThrough(parts);
  } catch {
    // Nobody waits for a device that does not exist.
  }
}

function goThrough({ control, decisions, recorder }: RehearsalParts): void {
  const now = { devices: [{ device: madeUp, volumes: [] }], sharedKeys: [] };
  const arrived = diff(nothing, settle(nothing, now), false);
  for (const change of arrived) recorder.rehearse(decisions.rehearse(control.rehearse(change)));
}
