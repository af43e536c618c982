import { type Figure, figureNumber } from './figures.ts';
import { isReached, type Target, targetOf } from './targets.ts';

export interface PageParts {
  /** One bench after the other, each with all its figures. */
  figures: readonly Figure[];
  /** Benches that ended without a figure. */
  failed: readonly string[];
}

/** Growth beyond this at the largest size, against the smallest, is more than the noise of a shared machine. */
const linear = 1.25;

/** The page `docs/benchmarks.md`. Pure. */
export function benchmarksPage({ figures, failed }: PageParts): string {
  const benches = [...new Set(figures.map(({ bench }) => bench))];
  const parts = [
    '# Benchmarks\n\nWritten by `npm run bench -- all`; not edited by hand. Each figure is the median of its runs and stands beside a yardstick that was taken in the same run on the same machine: figures drift with machine and hour, ratios hold. A target of the figure itself is meant for 2 cores that have nothing else to do.',
    ...(failed.length > 0
      ? [`**Without a figure, because what was measured turned out wrong: ${failed.join(', ')}.**`]
      : []),
    `## Targets\n\n${targetTable(figures)}`,
    `## How cost grows\n\nMost rows are the cost of one of those there are more of: what stays the same is linear. Those marked "beside" are the cost of the same work beside more and more that is only there: what stays the same does not grow at all.\n\n${growthTable(figures)}`,
    ...benches.map((bench) =>
      benchPart(
        bench,
        figures.filter((one) => one.bench === bench),
      ),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function targetTable(figures: readonly Figure[]): string {
  const rows = figures.flatMap((figure) => {
    const target = targetOf(figure);
    if (!target) return [];
    const reached = isReached(target, figure) ? 'yes' : isBusy(figure) ? '**no**, on a busy machine' : '**no**';
    return [[`\`${figure.bench}\` ${figure.figure}`, wanted(target, figure), reachedText(target, figure), reached]];
  });
  return table(['figure', 'target', 'measured', 'reached'], rows);
}

function wanted({ of, least, most }: Target, { unit }: Figure): string {
  const bound = least === undefined ? `at most ${most}` : `at least ${least}`;
  return of === 'ratio' ? `${bound} of the yardstick` : `${bound} ${unit}`;
}

function reachedText({ of }: Target, figure: Figure): string {
  return of === 'ratio' ? `${figure.ratio}` : `${figureNumber(figure.value)} ${figure.unit}`;
}

/** Others were at work while it was measured. */
function isBusy({ machine: { load, cores } }: Figure): boolean {
  return load[0] > cores / 2;
}

function growthTable(figures: readonly Figure[]): string {
  const rows = Map.groupBy(
    figures.filter(({ growth }) => growth),
    ({ bench, growth }) => `${bench}\n${growth?.row}`,
  );
  const cells = [...rows.values()].map((row) => {
    const [first] = row;
    const last = row.at(-1);
    if (!first?.growth || !last) return [];
    const sizes = row
      .map(({ value, growth }) => `${figureNumber(growth?.size ?? 0)}: ${figureNumber(value)}`)
      .join(' · ');
    const { of, beside } = first.growth;
    const name = `\`${first.bench}\` ${first.growth.row} (${first.unit})`;
    return [name, `${beside ? 'beside ' : ''}${of}: ${sizes}`, growthText(first, last)];
  });
  return table(['cost', 'at', 'growth'], cells);
}

function growthText(first: Figure, last: Figure): string {
  const times = last.value / first.value;
  if (!first.growth?.beside)
    return times <= linear ? 'linear or better' : `**${times.toFixed(2)} times** the cost of one`;
  if (times <= linear) return 'does not grow';
  const more = (last.growth?.size ?? Number.NaN) / first.growth.size;
  const said = `${times.toFixed(2)} times, beside ${figureNumber(more)} times as many`;
  return times <= more * linear ? `linear or better: ${said}` : `**${said}**`;
}

function benchPart(bench: string, figures: readonly Figure[]): string {
  const [first] = figures;
  if (!first) return '';
  const { processor, cores, memoryBytes, system, node, load } = first.machine;
  const machine = `${first.takenAt}, commit ${first.commit}, ${processor}, ${cores} cores, ${Math.round(memoryBytes / 1024 ** 3)} GiB, ${system}, Node ${node}, load before and after ${load.join(' and ')}${isBusy(first) ? ' (**others were at work**)' : ''}`;
  const rows = figures.map(({ figure, value, unit, runs, yardstick, ratio }) => [
    figure,
    `${figureNumber(value)} ${unit}`,
    `${figureNumber(runs.min)} to ${figureNumber(runs.max)} in ${runs.count}`,
    yardstick.value === null ? '' : `${figureNumber(yardstick.value)} ${unit}`,
    ratio === null ? '' : `${ratio} (${runs.ratioMin} to ${runs.ratioMax})`,
  ]);
  return [
    `## ${bench}`,
    machine,
    table(['figure', 'ours', 'runs', 'yardstick', 'ratio'], rows),
    ...named('Yardstick', figures, ({ yardstick }) => yardstick.name),
    ...named('How', figures, ({ how }) => how),
  ].join('\n\n');
}

/** What is the same for several figures is said once. */
function named(title: string, figures: readonly Figure[], read: (figure: Figure) => string): string[] {
  const groups = [...Map.groupBy(figures, read)];
  if (groups.length === 1) return groups.map(([text]) => `${title}: ${text}.`);
  return groups.map(([text, some]) => `${title} of ${[...new Set(some.map(nameOf))].join(', ')}: ${text}.`);
}

/** Those of a row of growth are one. */
function nameOf({ figure, growth }: Figure): string {
  return growth ? `the growth of ${growth.row}` : figure;
}
