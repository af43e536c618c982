import { randomBytes } from 'node:crypto';

/** A computer that is connected and has proved who it is. */
export interface LiveSession {
  computerId: string;
  /** Of the agent's process: the same after a reconnect, another in a clone. */
  instance: string;
  /** Bearer for its HTTPS requests. */
  token: string;
  /** Whether the other end still answers, asked now. */
  alive(): Promise<boolean>;
  /** Ends it, because a newer connection takes over. */
  replace(): void;
  send(message: object): void;
}

/** Who is connected at this moment. Nothing of it outlives the process. */
export interface Sessions {
  find(computerId: string): LiveSession | undefined;
  byToken(token: string): LiveSession | undefined;
  add(session: LiveSession): void;
  /** Takes out this session, not one that replaced it. */
  remove(session: LiveSession): void;
  all(): Iterable<LiveSession>;
  count(): number;
}

export function sessions(): Sessions {
  const byComputer = new Map<string, LiveSession>();
  const byToken = new Map<string, LiveSession>();
  return {
    find: (computerId) => byComputer.get(computerId),
    byToken: (token) => byToken.get(token),
    add(session) {
      byComputer.set(session.computerId, session);
      byToken.set(session.token, session);
    },
    remove(session) {
      byToken.delete(session.token);
      if (byComputer.get(session.computerId) === session) byComputer.delete(session.computerId);
    },
    all: () => byComputer.values(),
    count: () => byComputer.size,
  };
}

/** 256 random bits as base64url: session tokens and challenges. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}
