import { limits } from '#shared/protocol/protocol.ts';

// Loaded before the programs: a connection that died in silence is noticed in seconds and not in minutes.
const told = process.env.PORTCULLIS_FAULT_HEARTBEAT ?? '1000';
Object.assign(limits, { heartbeatMilliseconds: Number(told) });
