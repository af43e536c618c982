import Type from 'typebox';
import { Software, softwareReasons, softwareSources } from '#shared/events/software.ts';
import { exactObject, oneOf, Text } from '#shared/schema.ts';
import type { Change } from '../watcher.ts';
import { type Judge, type Judgement, keyOf } from './approval.ts';
import { mostTitles, type Snapshot } from './snapshot.ts';

/** What was last said of a title while it is installed. A title of the build has none until somebody decides about it. */
export const Verdict = exactObject({
  source: Software.properties.source,
  name: Text,
  approval: oneOf(['approved', 'unapproved']),
  because: oneOf(softwareReasons),
});
export type Verdict = Type.Static<typeof Verdict>;
export const Verdicts = Type.Array(Verdict, { maxItems: softwareSources.length * mostTitles });

/**
 * Judges anew what is installed: a standing was set or is over, a request ran out, a policy took a title off its list.
 * Told is what turned, and each new decision against a title. What is part of the build is not held against the list,
 * on which most of it never was. Pure.
 * @param titles all that is installed
 * @param told of the same look; an installation tells its verdict itself
 * @param mayTurn false while policy or standing is not known: then what was said of a title stays
 */
export function judgeAnew(
  titles: Snapshot,
  before: readonly Verdict[],
  told: readonly Change[],
  { decided, judge }: Judge,
  mayTurn: boolean,
): { verdicts: Verdict[]; changes: Change[] } {
  const formerly = new Map(before.map((verdict) => [keyOf(verdict), verdict]));
  const installed = installedIn(told);
  const verdicts: Verdict[] = [];
  const changes: Change[] = [];
  for (const software of eachTitle(titles)) {
    const key = keyOf(software);
    const former = formerly.get(key);
    const isNew = installed.has(key);
    const anew = () => (former ? judge(software) : ofTheBuild(decided(software)));
    const now = isNew ? judge(software) : mayTurn ? anew() : former;
    if (!now) continue;
    verdicts.push(verdictOf(software, now));
    if (!isNew && isNews(former, now)) changes.push({ kind: 'software.decided', data: { software, ...now } });
  }
  return { verdicts, changes };
}

/** Nobody asked for it, so that it is allowed is no news; that it is not, or only by a request, is. */
function ofTheBuild(decided: Judgement | undefined): Judgement | undefined {
  return decided?.approval === 'unapproved' || decided?.because === 'request' ? decided : undefined;
}

function isNews(former: Verdict | undefined, now: Judgement): boolean {
  if (former?.approval !== now.approval) return true;
  return now.approval === 'unapproved' && now.because !== 'list' && former.because !== now.because;
}

function verdictOf({ source, name }: Software, { approval, because }: Judgement): Verdict {
  return { source, name, approval, because };
}

function installedIn(changes: readonly Change[]): Set<string> {
  return new Set(changes.flatMap(({ kind, data }) => (kind === 'software.installed' ? [keyOf(data.software)] : [])));
}

/** One for each name, however many versions and architectures of it there are. */
function eachTitle(titles: Snapshot): Iterable<Software> {
  const first = new Map<string, Software>();
  for (const software of softwareSources.flatMap((source) => titles[source] ?? [])) {
    const key = keyOf(software);
    if (!first.has(key)) first.set(key, software);
  }
  return first.values();
}
