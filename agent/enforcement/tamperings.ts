import type { ChangeOf } from '../watchers/watcher.ts';

/** The same thing undone again and again is told once in this time. */
const quietMilliseconds = 10 * 60_000;
const mostTold = 20;

/** Makes events of what another hand took back. */
export function tamperings(monotonic: () => number): (undone: readonly string[]) => ChangeOf<'agent.tampered'>[] {
  const told = new Map<string, number>();
  return (undone) => {
    const now = monotonic();
    for (const [because, at] of told) if (now - at >= quietMilliseconds) told.delete(because);
    const news = [...new Set(undone)].filter((because) => !told.has(because)).slice(0, mostTold);
    for (const because of news) told.set(because, now);
    return news.map((because) => ({
      kind: 'agent.tampered',
      data: { what: 'enforcement', because: because.slice(0, 250) },
    }));
  };
}
