import Type from 'typebox';
import { errorCode } from '#shared/errors.ts';
import type { Coverage } from '#shared/events/agent.ts';
import {
  type PostureFacts,
  PostureFacts as PostureFactsSchema,
  type PostureItem,
  postureItems,
} from '#shared/events/posture.ts';
import { checker, exactObject } from '#shared/schema.ts';
import { reconcilingWatcher, type Source } from '../reconcile.ts';
import type { Change, Watcher, WatcherContext } from '../watcher.ts';

/** What is known of each item. What could not be told is there too, as `unknown` with the reason. */
export type Posture = Partial<Record<PostureItem, PostureFacts>>;

const postureIntervalMinutes = 5;

/** Watches the computer's protection: antivirus, screen lock, support of the operating system, firewall. */
export function posture(source: Source<Posture>, context: WatcherContext): Watcher {
  const facts = Type.Optional(PostureFactsSchema);
  const properties = Object.fromEntries(postureItems.map((item) => [item, facts]));
  return reconcilingWatcher<Posture>(
    {
      name: 'posture',
      source,
      memory: checker(exactObject(properties as Record<PostureItem, typeof facts>)),
      diff: comparePostures,
      remember: (before, now) => ({ ...before, ...now }),
      everyMilliseconds: () => postureIntervalMinutes * 60_000,
      settleMilliseconds: 1000,
    },
    context,
  );
}

/** Pure. One change for each item seen for the first time, or of which anything is said otherwise than before. */
export function comparePostures(before: Posture | undefined, now: Posture): Change[] {
  return postureItems.flatMap((item) => {
    const facts = now[item];
    const previous = before?.[item];
    if (!facts || (previous && sameFacts(previous, facts))) return [];
    return [{ kind: 'posture.changed', data: { posture: facts, ...(previous ? { previous: previous.state } : {}) } }];
  });
}

function sameFacts(one: PostureFacts, other: PostureFacts): boolean {
  return (
    one.state === other.state &&
    one.what === other.what &&
    one.because === other.because &&
    one.supportEnds === other.supportEnds
  );
}

/** What could not be looked at is `unknown`, which is never counted as good. */
export async function judged(
  item: PostureItem,
  judge: () => PostureFacts | Promise<PostureFacts>,
): Promise<PostureFacts> {
  try {
    return await judge();
  } catch (error) {
    return { item, state: 'unknown', because: `It could not be looked at (${errorCode(error).slice(0, 40)}).` };
  }
}

/** @param limits what always escapes each item, each a plain sentence */
export function postureCoverage(limits: Record<PostureItem, string[]>): Coverage[] {
  return postureItems.map((item) => ({
    watcher: 'posture',
    area: item.replace('-', ' '),
    state: 'watching',
    how: `Looked at every ${postureIntervalMinutes} minutes.`,
    limits: limits[item],
  }));
}
