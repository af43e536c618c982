import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { type StateSeen, stateIn, stateSaver } from './computer-state.ts';
import { countSaver, countsIn, type DailyCount } from './daily-counts.ts';
import { type DeviceSeen, deviceSaver, devicesIn } from './devices-seen.ts';
import { type SoftwareChange, softwareIn, softwareSaver } from './software-seen.ts';

/** What a batch tells the registers. Plain data: it crosses a thread. */
export interface Sightings {
  devices: DeviceSeen[];
  state: StateSeen;
  software: SoftwareChange[];
  counts: DailyCount[];
}

/** Pure. @param now the collector's clock */
export function sightingsIn(events: readonly PortcullisEvent[], computerNo: number, now: number): Sightings {
  return {
    devices: devicesIn(events, computerNo),
    state: stateIn(events),
    software: softwareIn(events),
    counts: countsIn(events, now),
  };
}

/** What one batch of a computer told. */
export interface Told {
  computerNo: number;
  sightings: Sightings;
}

/** Makes the function that brings the registers up to date, in the transaction that stores the events of these batches. */
export function sightingSaver(store: Store) {
  const saveDevices = deviceSaver(store);
  const saveState = stateSaver(store);
  const saveSoftware = softwareSaver(store);
  const saveCounts = countSaver(store);
  return async (tx: StoreTransaction, told: readonly Told[]): Promise<void> => {
    await saveDevices(
      tx,
      told.map(({ computerNo, sightings }) => ({ computerNo, devices: sightings.devices })),
    );
    await saveState(
      tx,
      told.map(({ computerNo, sightings }) => ({ computerNo, state: sightings.state })),
    );
    for (const { computerNo, sightings } of told) await saveSoftware(tx, computerNo, sightings.software);
    await saveCounts(
      tx,
      told.flatMap(({ sightings }) => sightings.counts),
    );
  };
}
