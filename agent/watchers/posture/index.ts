import Type from 'typebox';
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

export const postureIntervalMinutes = 5;

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
