import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '../../collector/store/tables.ts';
import type { ConsoleVisitor } from './console-visitor.ts';

/** Paths of the pages that are opened, by the name of their figure. */
export type Pages = ReadonlyMap<string, string>;

/** @param store says which alert is the newest */
export async function chosenPages(store: Store): Promise<Pages> {
  const alert = await store
    .selectFrom('alerts')
    .select('id')
    .orderBy('last_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const computer = await store.selectFrom('computers').select('id').where('no', '=', 7).executeTakeFirstOrThrow();
  return new Map([
    ['alert-list', '/alerts?severity=medium&severity=low&period=30d&sort=hostname&direction=asc'],
    ['alert-page', `/alerts/${alert.id}`],
    ['computer-page', `/computers/${computer.id}`],
    ['home', '/'],
    ['search', '/alerts?computer=lt-1'],
    ['computers', '/computers?search=lt-1&sort=alerts&direction=desc'],
    ['media', '/media?search=example'],
    ['software', '/software?search=o'],
  ]);
}

/** One page after the other, so many times. @returns milliseconds of each view, by the name of the page */
export async function openAll(
  visitor: ConsoleVisitor,
  pages: Pages,
  views: number,
  progress: (text: string) => void,
): Promise<ReadonlyMap<string, number[]>> {
  const times = new Map<string, number[]>([...pages.keys()].map((name) => [name, []]));
  // The first time of each compiles its template and its statements.
  for (const path of pages.values()) await visitor.open(path);
  for (let view = 0; view < views; view += 1) {
    progress(`view ${view + 1} of ${views}`);
    for (const [name, path] of pages) times.get(name)?.push(await visitor.open(path));
  }
  return times;
}

/** Somebody who opens five pages a second, until told to stop. */
export function browse(visitor: ConsoleVisitor, pages: Pages) {
  const paths = [...pages.values()];
  let isOver = false;
  const running = (async () => {
    for (let turn = 0; !isOver; turn += 1) {
      await visitor.open(paths[turn % paths.length] ?? '/');
      await pause(200);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await running;
    },
  };
}
