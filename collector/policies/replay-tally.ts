import { isoTime } from '#shared/clock.ts';
import type { DeviceFacts } from '#shared/device/facts.ts';
import type { RightName } from '#shared/policy/decision.ts';
import type { Difference, JudgedEvent } from './replay-event.ts';
import type { EventRow, ReplayComputer } from './replay-pages.ts';
import { within } from './within.ts';

/** One right of one device on one computer that the draft decides otherwise than what holds now. */
export interface ReplayRow {
  right: RightName;
  device: Pick<DeviceFacts, 'class' | 'vendor' | 'product' | 'serial'> & { key: string };
  computer: { id: string; hostname: string };
  /** Stored events in which it would have been so. */
  count: number;
  examples: { seq: number; at: string; kind: string; rule: string }[];
}

const mostExamples = 3;

interface Tallied {
  judged: JudgedEvent;
  count: number;
  examples: ReplayRow['examples'];
}

/** Counts what is answered. By identity first, which is quick, and by name only at the end. */
export function tally(computers: ReadonlyMap<number, ReplayComputer>) {
  const tallied = new Map<Difference, Map<number, Tallied>>();

  function rowOf(computerNo: number, right: RightName, { device, key }: JudgedEvent): ReplayRow {
    const { id = '', hostname = '' } = computers.get(computerNo) ?? {};
    const { class: deviceClass, vendor, product, serial } = device;
    const words = { ...(vendor && { vendor }), ...(product && { product }), ...(serial && { serial }) };
    return { right, device: { key, class: deviceClass, ...words }, computer: { id, hostname }, count: 0, examples: [] };
  }

  return {
    add(event: EventRow, kind: string, judged: JudgedEvent, difference: Difference): void {
      const byComputer = within(tallied, difference);
      let one = byComputer.get(event.computer_no);
      if (!one) {
        one = { judged, count: 0, examples: [] };
        byComputer.set(event.computer_no, one);
      }
      one.count += 1;
      if (one.examples.length === mostExamples) return;
      one.examples.push({ seq: event.seq, at: isoTime(event.at), kind, rule: difference.rule });
    },
    rows(): ReplayRow[] {
      return merged(
        [...tallied].flatMap(([{ right }, byComputer]) =>
          [...byComputer].map(([computerNo, { judged, count, examples }]) => ({
            ...rowOf(computerNo, right, judged),
            count,
            examples,
          })),
        ),
      );
    },
  };
}

/** One row for each right of each device on each computer, most frequent first, with its first examples. */
export function merged(rows: readonly ReplayRow[]): ReplayRow[] {
  const byName = new Map<string, ReplayRow>();
  for (const row of rows) {
    const name = `${row.computer.id} ${row.right} ${row.device.key}`;
    const before = byName.get(name);
    const examples = [...(before?.examples ?? []), ...row.examples].sort(inTime).slice(0, mostExamples);
    // Told as it was seen first: one device may show itself as two classes.
    const first = before?.examples[0] === examples[0] ? before : row;
    byName.set(name, {
      ...row,
      device: first?.device ?? row.device,
      count: row.count + (before?.count ?? 0),
      examples,
    });
  }
  const named = [...byName].sort(([left, one], [right, other]) => other.count - one.count || (left < right ? -1 : 1));
  return named.map(([, row]) => row);
}

type Example = ReplayRow['examples'][number];

function inTime(left: Example, right: Example): number {
  return left.at.localeCompare(right.at) || left.seq - right.seq;
}
