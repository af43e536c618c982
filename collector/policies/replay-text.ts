import { cleanText } from '#shared/text.ts';
import type { Replay } from './replay.ts';
import type { ReplayRow } from './replay-tally.ts';

const mostRows = 40;

/** A replay in lines for a terminal. Words from devices are made harmless. */
export function replayText({ basis, events, newlyBlocked, newlyAllowed }: Replay): string {
  const about = `${events} stored events of devices were decided again${basis === 'enforced' ? '' : ', as if both policies were enforced'}.`;
  return [about, ...section('Newly blocked', newlyBlocked), ...section('Newly allowed', newlyAllowed)].join('\n');
}

function section(title: string, rows: readonly ReplayRow[]): string[] {
  const devices = new Set(rows.map(({ device }) => device.key)).size;
  const computers = new Set(rows.map(({ computer }) => computer.id)).size;
  if (rows.length === 0) return [`${title}: nothing.`];
  const more = rows.length - mostRows;
  return [
    `${title}: ${devices} devices on ${computers} computers.`,
    ...rows.slice(0, mostRows).map(rowText),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function rowText({ right, device, computer, count, examples }: ReplayRow): string {
  const name = [device.vendor, device.product, device.serial].filter((word) => word !== undefined).join(' ');
  const when = examples[0] ? `, first at ${examples[0].at}, by ${examples[0].rule}` : '';
  return `  ${right}: ${cleanText(name || device.class)} on ${cleanText(computer.hostname)}, ${count} times${when}`;
}
