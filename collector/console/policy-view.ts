import { structuredPatch } from 'diff';
import type { LintFinding } from '#shared/policy/lint.ts';
import { lintText } from '../policies/lint-text.ts';
import type { Replay } from '../policies/replay.ts';
import { rightWords } from './facts/story.ts';
import type { Tag } from './severity.ts';
import { counted, moment } from './words.ts';

/** One line of a comparison. */
interface DiffLine {
  kind: 'added' | 'removed' | 'same' | 'place';
  text: string;
}

export interface Comparison {
  /** Undefined when the texts are too different to be shown line by line. */
  lines: DiffLine[] | undefined;
  summary: string;
}

const kinds: Partial<Record<string, DiffLine['kind']>> = { '+': 'added', '-': 'removed', ' ': 'same' };

/** What changes from one text to another, with the lines around. Pure, but for a bound on the time it takes. */
export function compared(before: string, after: string): Comparison {
  // A text that came through a form has other line ends than one from a file.
  const [left, right] = [before, after].map((text) => text.replaceAll('\r\n', '\n'));
  if (left === right) return { lines: [], summary: 'Nothing differs.' };
  const bounds = { context: 3, maxEditLength: 4000, timeout: 1000 };
  const patch = structuredPatch('', '', left ?? '', right ?? '', '', '', bounds);
  if (!patch) return { lines: undefined, summary: 'Almost everything differs.' };
  const lines = patch.hunks.flatMap((hunk): DiffLine[] => [
    { kind: 'place', text: `From line ${hunk.newStart}` },
    ...hunk.lines.filter((line) => !line.startsWith('\\')).map(diffLine),
  ]);
  const having = (kind: DiffLine['kind']) => lines.filter((line) => line.kind === kind).length;
  return { lines, summary: `${counted(having('added'), 'line')} added, ${having('removed')} removed.` };
}

function diffLine(line: string): DiffLine {
  return { kind: kinds[line.charAt(0)] ?? 'same', text: line.slice(1) };
}

export interface ShownFinding {
  level: LintFinding['level'];
  tag: Tag;
  /** `Line 12, column 3`; empty where it is about the whole. */
  place: string;
  line: number | null;
  column: number | null;
  says: string;
  mend: string;
}

const levelTags: Record<LintFinding['level'], Tag> = {
  error: { text: 'Error', colour: 'red' },
  warning: { text: 'Warning', colour: 'yellow' },
  info: { text: 'Good to know', colour: 'blue' },
};

/** What the lint finds in a text, each with its place, for a page or a script. */
export function findingsIn(text: string, now: number): ShownFinding[] {
  const lines = text.split(/\r\n|\n/);
  return lintText(text, { now }).map(({ level, says, mend, line }) => {
    const column = line === undefined ? null : columnOf(says, lines[line - 1] ?? '');
    return {
      level,
      tag: levelTags[level],
      place: line === undefined ? '' : `Line ${line}, column ${column}`,
      line: line ?? null,
      column,
      says,
      mend,
    };
  });
}

/** The one the finding names, or else where the words of its line begin. */
function columnOf(says: string, line: string): number {
  const named = /column (\d+)/.exec(says)?.[1];
  return named === undefined ? line.search(/\S|$/) + 1 : Number(named);
}

export function findingsSummary(findings: readonly ShownFinding[]): string {
  if (findings.length === 0) return 'Nothing was found.';
  const count = (level: LintFinding['level']) => findings.filter((one) => one.level === level).length;
  const parts = [
    count('error') > 0 ? counted(count('error'), 'error') : '',
    count('warning') > 0 ? counted(count('warning'), 'warning') : '',
    count('info') > 0 ? `${count('info')} good to know` : '',
  ];
  return `${parts.filter(Boolean).join(', ')}.`;
}

const rowsShown = 100;

export function replayView({ basis, events, newlyBlocked, newlyAllowed }: Replay) {
  return {
    about: `${counted(events, 'stored event')} of devices were decided again${
      basis === 'enforced' ? '' : ', as if both policies were enforced, because the draft only reports'
    }.`,
    blocked: replayRows(newlyBlocked),
    allowed: replayRows(newlyAllowed),
  };
}

function replayRows(rows: Replay['newlyBlocked']) {
  return {
    devices: new Set(rows.map(({ device }) => device.key)).size,
    computers: new Set(rows.map(({ computer }) => computer.id)).size,
    more: Math.max(0, rows.length - rowsShown),
    rows: rows.slice(0, rowsShown).map(({ right, device, computer, count, examples: [first] }) => ({
      right: rightWords[right],
      device: [device.vendor, device.product, device.serial].filter(Boolean).join(' ') || device.class,
      computer: { name: computer.hostname, href: `/computers/${computer.id}` },
      count: count.toLocaleString('en-GB'),
      first: first && moment(Date.parse(first.at)),
      rule: first?.rule,
    })),
  };
}
