import type { PortcullisEvent } from '#shared/events/kinds.ts';

/** What just became true in the store, told after the commit. */
export interface Committed {
  /** Events of one batch; may be empty. */
  computerId: string;
  events: readonly PortcullisEvent[];
  /** Alerts opened or repeated. */
  alertIds: readonly string[];
}

export interface ChangeFeed {
  publish(committed: Committed): void;
  /** @returns a function that ends the subscription */
  subscribe(listener: (committed: Committed) => void): () => void;
}

/** In-process feed for live pages and the terminal. A listener that throws does not disturb the others. */
export function changeFeed(onListenerError: (error: unknown) => void): ChangeFeed {
  const listeners = new Set<(committed: Committed) => void>();
  return {
    publish(committed) {
      for (const listener of listeners) {
        try {
          listener(committed);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
