/** Stands in every line of coverage on macOS until the agent was run on one. */
export const neverOnAMac = 'This was never run on a Mac: it is proved on answers written after Apple’s documents only.';
