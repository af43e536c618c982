import type { Figure } from './figures.ts';

/** What a figure is to reach. Absolute ones are meant for 2 cores with nothing else at work. */
export interface Target {
  bench: string;
  figure: RegExp;
  /** The figure itself, or its ratio to the yardstick. */
  of: 'value' | 'ratio';
  least?: number;
  most?: number;
}

const targets: readonly Target[] = [
  { bench: 'ingest', figure: /^events-per-second$/, of: 'ratio', least: 0.8 },
  { bench: 'ingest-small', figure: /^small-events-per-second$/, of: 'ratio', least: 0.25 },
  { bench: 'ingest-small', figure: /^small-ack-p99$/, of: 'value', most: 50 },
  { bench: 'connections', figure: /^memory-per-agent-/, of: 'value', most: 40 },
  { bench: 'connections', figure: /^memory$/, of: 'value', most: 450 },
  { bench: 'connections', figure: /^idle-cpu$/, of: 'value', most: 10 },
  { bench: 'reconnect-storm', figure: /^all-served$/, of: 'value', most: 60 },
  { bench: 'agent', figure: /^resident-memory$/, of: 'ratio', most: 1.5 },
  { bench: 'agent', figure: /^idle-cpu$/, of: 'value', most: 0.1 },
  { bench: 'agent', figure: /^helper-processes$/, of: 'value', most: 0 },
  { bench: 'latency', figure: /^on-agents-disk-p50$/, of: 'value', most: 20 },
  { bench: 'latency', figure: /^stored-p50$/, of: 'value', most: 150 },
  { bench: 'latency', figure: /^on-console-p50$/, of: 'value', most: 500 },
  { bench: 'plug', figure: /, plug to (refused|recorded), /, of: 'ratio', most: 1 },
  { bench: 'scan', figure: /^prose$/, of: 'ratio', least: 0.5 },
  { bench: 'scan', figure: /^numbers$/, of: 'ratio', least: 0.2 },
  { bench: 'scan', figure: /^documents$/, of: 'ratio', least: 1 },
  { bench: 'spool', figure: /^(one-by-one|grouped-\d+)$/, of: 'ratio', least: 0.8 },
  { bench: 'console', figure: /^(?!ack-).*-p95$/, of: 'value', most: 50 },
  { bench: 'replay', figure: /^replay-seconds$/, of: 'value', most: 10 },
];

export function targetOf({ bench, figure }: Pick<Figure, 'bench' | 'figure'>): Target | undefined {
  return targets.find((one) => one.bench === bench && one.figure.test(figure));
}

export function isReached(
  { of, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }: Target,
  figure: Figure,
): boolean {
  const value = of === 'ratio' ? (figure.ratio ?? Number.NaN) : figure.value;
  return value >= least && value <= most;
}
