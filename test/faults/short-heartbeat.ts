import { limits } from '#shared/protocol/protocol.ts';

// Loaded before the programs: a connection that died in silence is noticed in seconds and not in minutes.
Object.assign(limits, { heartbeatMilliseconds: 1000 });
