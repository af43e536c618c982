import Type from 'typebox';
import { Software, softwarePartSize, softwareSources } from '#shared/events/software.ts';
import type { Change } from '../watcher.ts';
import type { Judge } from './approval.ts';

export type SoftwareSource = Software['source'];

/** Most titles of one source. A longer list is not believed, so that memory and events stay bounded. */
export const mostTitles = 20_000;

/**
 * Titles by source. An empty list says that there is nothing. A source that is missing says nothing at all: it was
 * not looked at, could not be read, or has not changed; what was known of it stays.
 */
export type Snapshot = Partial<Record<SoftwareSource, Software[]>>;

/** For the schema of what is remembered. */
export function snapshotProperties() {
  const titles = Type.Optional(Type.Array(Software, { maxItems: mostTitles }));
  return Object.fromEntries(softwareSources.map((source) => [source, titles])) as Record<SoftwareSource, typeof titles>;
}

/** Pure. A source seen for the first time gives its baseline, be it empty; every later difference one change each. */
export function compareSnapshots(before: Snapshot | undefined, now: Snapshot, { judge }: Judge): Change[] {
  return softwareSources.flatMap((source) => {
    const titles = now[source];
    if (!titles) return [];
    const former = before?.[source];
    return former ? compareTitles(former, titles, judge) : baseline(source, titles);
  });
}

function baseline(source: SoftwareSource, titles: Software[]): Change[] {
  const parts = Math.max(1, Math.ceil(titles.length / softwarePartSize));
  return Array.from({ length: parts }, (_, index) => ({
    kind: 'software.listed',
    data: {
      source,
      part: index + 1,
      parts,
      software: titles.slice(index * softwarePartSize, (index + 1) * softwarePartSize),
    },
  }));
}

/**
 * A name may be there in several versions at once, as kernels are. Among equal names a version that went and one
 * that came are one update; what is left over was installed or removed.
 */
function compareTitles(before: Software[], now: Software[], judge: Judge['judge']): Change[] {
  const formerly = byName(before);
  const presently = byName(now);
  const changes: Change[] = [];
  for (const [name, versions] of presently) {
    const gone = missing(formerly.get(name), versions);
    for (const software of missing(versions, formerly.get(name))) {
      const previous = gone.shift();
      const judged = { software, ...judge(software) };
      changes.push(
        previous
          ? { kind: 'software.updated', data: { ...judged, previousVersion: previous.version } }
          : { kind: 'software.installed', data: judged },
      );
    }
    changes.push(...gone.map(removed));
  }
  for (const [name, versions] of formerly) {
    if (!presently.has(name)) changes.push(...[...versions.values()].map(removed));
  }
  return changes;
}

function removed(software: Software): Change {
  return { kind: 'software.removed', data: { software } };
}

type Versions = Map<string, Software>;

function byName(titles: Software[]): Map<string, Versions> {
  const names = new Map<string, Versions>();
  for (const title of titles) {
    const name = `${title.name}\n${title.architecture ?? ''}`;
    const versions = names.get(name) ?? new Map<string, Software>();
    names.set(name, versions.set(title.version, title));
  }
  return names;
}

function missing(versions: Versions | undefined, from: Versions | undefined): Software[] {
  return [...(versions ?? [])].flatMap(([version, title]) => (from?.has(version) ? [] : [title]));
}
