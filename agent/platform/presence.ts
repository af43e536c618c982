/** The person at the computer: the one whose session has the screen and keyboard. */
export interface PersonSeen {
  name: string;
  /** Names of the groups; absent when the system alone cannot tell all of them. */
  groups?: string[];
}

/** A network connection that is up. */
export interface LinkSeen {
  /** `physical`: a card of the computer. `tunnel`: a VPN. `virtual`: inside the computer only. */
  kind: 'physical' | 'tunnel' | 'virtual';
  addresses: string[];
}

/** Who is at the computer and what it is connected to. What is absent could not be told. */
export interface Seen {
  person?: PersonSeen;
  network?: { links: LinkSeen[]; searchDomains: string[] };
}

/** Tells who is at the computer and where it is. */
export interface Presence {
  /** Looks; takes well under a millisecond, waits for nothing and does not throw. */
  look(): Seen;
  /** Calls `wake` when somebody may have come or gone, as a hint. @returns what ends it */
  listen(wake: () => void): () => void;
}
