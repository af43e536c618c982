import type { Command } from 'commander';
import { print } from '#shared/command-line.ts';
import { UsageError } from '#shared/errors.ts';
import { type Place, placeComputer } from '../register/places.ts';
import { answer, type By, doing, type Json, withStore } from './context.ts';

interface PlaceOptions extends By, Json {
  site?: string;
  groups?: string;
}

export function defineComputer(program: Command): void {
  program
    .command('computer')
    .description('what is known of one computer')
    .command('place')
    .argument('<computer>', 'its id or host name')
    .description('say where it belongs, for rules that ask for site or groups of the computer')
    .option('--site <name>', 'the site; an empty text takes it away')
    .option('--groups <list>', 'its groups, with commas; an empty text takes all away')
    .option('--by <name>', 'who does it; default: your account')
    .option('--json', 'as JSON')
    .action(place);
}

async function place(computer: string, { site, groups, by, json }: PlaceOptions): Promise<void> {
  if (site === undefined && groups === undefined) throw new UsageError('Name --site, --groups or both.');
  const given: Place = {
    ...(site !== undefined && { site }),
    ...(groups !== undefined && { groups: groups === '' ? [] : groups.split(',').map((word) => word.trim()) }),
  };
  const placed = await withStore((store) => placeComputer(store, computer, given, doing({ by })), false);
  print(
    answer(json, placed, () => {
      const among = placed.groups?.length ? `, in ${placed.groups.join(', ')}` : '';
      return `${placed.hostname} belongs to ${placed.site ?? 'no site'}${among}.`;
    }),
  );
}
