import type { Ruled } from './enforcement.ts';
import type { SystemFacts } from './facts.linux.ts';
import type { Circumstance, Plan } from './plan.linux.ts';
import { planBlocks } from './plan-blocks.linux.ts';
import { planUsb } from './plan-usb.linux.ts';

/** Pure. Nothing is left to do exactly when the system is as wished, so that a plan is also the reading back. */
export function plan(ruled: Ruled, facts: SystemFacts, circumstance: Circumstance): Plan {
  return ruled.device.bus === 'usb' ? planUsb(ruled, facts, circumstance) : planBlocks(ruled, facts, circumstance);
}
