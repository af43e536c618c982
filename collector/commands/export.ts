import { openSync, writeSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { exitStatus, print } from '#shared/command-line.ts';
import { UsageError } from '#shared/errors.ts';
import { isEventKind } from '#shared/events/kinds.ts';
import { type ExportFormat, exportFormats } from '../exports/format.ts';
import { answer, columns, dayOf, type Json, withStore } from './context.ts';

interface EventOptions {
  format: ExportFormat;
  since?: string;
  until?: string;
  computer?: string;
  kind?: string;
  out?: string;
}

export function defineExport(program: Command): void {
  const group = program.command('export').description('records for other systems');
  group
    .command('events')
    .description('write stored events, computer by computer, in the order of their numbers')
    .addOption(new Option('--format <format>', 'how they are written').choices(exportFormats).makeOptionMandatory())
    .option('--since <time>', 'only from this time on, for example 2026-11-21T09:00:00Z')
    .option('--until <time>', 'only before this time')
    .option('--computer <id>', 'only this computer: its id or host name')
    .option('--kind <kind>', 'only this kind, for example media.attached')
    .option('--out <file>', 'into a new file that only you can read; default: standard output')
    .action(events);
  group
    .command('status')
    .description('how the destinations of the settings are doing')
    .option('--json', 'as JSON')
    .action(status);
  for (const step of ['pause', 'resume'] as const) {
    group
      .command(step)
      .argument('<name>', 'the destination, as in the settings')
      .description(step === 'pause' ? 'send nothing to a destination until it is resumed' : 'go on where it was paused')
      .action((name: string) => steer(name, step === 'pause'));
  }
}

async function events({ format, since, until, computer, kind, out }: EventOptions): Promise<void> {
  if (kind !== undefined && !isEventKind(kind))
    throw new UsageError(`"${kind}" is no kind of event. See the console's page "What is recorded".`);
  const filter = { computer, kind, since: timeOf(since), until: timeOf(until) };
  const { writeExport } = await import('../exports/write-export.ts');
  await withStore(async (store, home) => {
    const write = out === undefined ? print : writerTo(out);
    const { organisation } = home.settings;
    const count = await writeExport(store, { filter, format, organisation }, write);
    if (out !== undefined) print(`${count} events written to ${out}.`);
  });
}

/** @throws UsageError when there is such a file: what is in it may be evidence */
function writerTo(file: string): (line: string) => void {
  try {
    const handle = openSync(file, 'wx', 0o600);
    return (line) => void writeSync(handle, `${line}\n`);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new UsageError(`${file} is there already. Name a new file.`);
    throw cause;
  }
}

function timeOf(text: string | undefined): number | undefined {
  const time = text === undefined ? undefined : Date.parse(text);
  if (Number.isNaN(time)) throw new UsageError(`"${text}" is no time. It looks like 2026-11-21T09:00:00Z.`);
  return time;
}

async function status({ json }: Json): Promise<void> {
  const { exportStatus } = await import('../exports/status.ts');
  const list = await withStore((store, home) => exportStatus(store, home.exports));
  const text = () =>
    list.length === 0
      ? 'The settings name no destination.'
      : columns(
          list.map((one) => [
            one.name,
            `${one.channel} ${one.format}`,
            one.state,
            `${one.waiting} waiting`,
            one.lastTakenAt === null ? 'never taken' : `taken ${dayOf(one.lastTakenAt)}`,
            one.failures > 0 ? (one.lastError ?? '') : '',
          ]),
        );
  print(answer(json, list, text));
  if (list.some((one) => one.state === 'failing')) process.exitCode = exitStatus.foundOrRefused;
}

async function steer(name: string, pause: boolean): Promise<void> {
  const { pauseDestination } = await import('../exports/destinations.ts');
  await withStore((store) => pauseDestination(store, { name, pause, accountId: null, now: systemClock.now() }), false);
  print(pause ? `${name} is sent nothing until it is resumed.` : `${name} is sent to again.`);
}
