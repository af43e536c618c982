/** An agent reports every 30 seconds; three reports missed and it is no longer called connected. Milliseconds. */
const connectedFor = 100_000;
/** Longer than a night or a day off: somebody should ask where the computer is. Milliseconds. */
const silentAfter = 3 * 24 * 3_600_000;

export const presences = ['connected', 'away', 'silent', 'never', 'retired'] as const;
export type Presence = (typeof presences)[number];

/** Pure. */
export function presenceOf({ state, lastSeenAt }: { state: string; lastSeenAt: number | null }, now: number): Presence {
  if (state === 'retired') return 'retired';
  if (lastSeenAt === null) return 'never';
  const since = now - lastSeenAt;
  if (since < connectedFor) return 'connected';
  return since < silentAfter ? 'away' : 'silent';
}

/** The same for a question to the store: seen after `from`, and not after `to`. Milliseconds. */
export function presenceBounds(presence: 'connected' | 'away' | 'silent', now: number): { from: number; to: number } {
  const [recent, old] = [now - connectedFor, now - silentAfter];
  if (presence === 'connected') return { from: recent, to: Number.MAX_SAFE_INTEGER };
  return presence === 'away' ? { from: old, to: recent } : { from: 0, to: old };
}
