import { Counter, Gauge, type Registry } from 'prom-client';
import type { RefusalCode } from '#shared/protocol/protocol.ts';

/** Figures of the agents' side. Labels are closed lists: never a computer, a person or a device. */
export interface GatewayMetrics {
  stored(events: number): void;
  duplicate(): void;
  refused(code: RefusalCode): void;
  sessions(count: number): void;
}

export function gatewayMetrics(registry: Registry, waiting: () => number): GatewayMetrics {
  const registers = [registry];
  const events = new Counter({ name: 'portcullis_events_stored_total', help: 'Events stored', registers });
  const batches = new Counter({ name: 'portcullis_batches_stored_total', help: 'Batches stored', registers });
  const duplicates = new Counter({
    name: 'portcullis_batches_duplicate_total',
    help: 'Batches sent again and not stored twice',
    registers,
  });
  const refusals = new Counter({
    name: 'portcullis_refusals_total',
    help: 'Refusals by code',
    labelNames: ['code'],
    registers,
  });
  const connected = new Gauge({ name: 'portcullis_agents_connected', help: 'Agents connected now', registers });
  new Gauge({
    name: 'portcullis_writer_waiting',
    help: 'Jobs waiting for the store',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    stored(count) {
      events.inc(count);
      batches.inc();
    },
    duplicate: () => duplicates.inc(),
    refused: (code) => refusals.inc({ code }),
    sessions: (count) => connected.set(count),
  };
}
