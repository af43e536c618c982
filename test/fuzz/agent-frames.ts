import type { Head } from '#shared/protocol/protocol.ts';
import type { Lease, Spool } from '../../agent/spool/spool.ts';
import { converse } from '../../agent/uplink/conversation.ts';
import { computerId, instance } from './frame-seeds.ts';
import { quietSocket } from './quiet-socket.ts';
import { holds } from './target.ts';

/** Where the agent's chain stands at each number; 0 to 4 are stored, up to 9 are recorded. */
export const heads: readonly Head[] = Array.from({ length: 10 }, (_, seq) => ({ seq, link: `${seq}`.repeat(64) }));
const storedSeq = 4;

/** The agent's half of the protocol as it is, over a spool that only keeps account. */
export function agentFrames() {
  return function look(frames: readonly Buffer[]): string {
    const leased = new Set<string>();
    const committed: Head[] = [];
    let stored = heads[storedSeq] as Head;
    let next = storedSeq;
    const lease = (): Lease | undefined => {
      const [after, head] = [heads[next], heads[next + 1]];
      if (!after || !head) return undefined;
      next += 1;
      leased.add(head.link);
      return { after, head, lines: ['{}'], gaps: [] };
    };
    const spool: Spool = {
      lease,
      commit(head) {
        committed.push(head);
        stored = head;
      },
      rollback({ seq }) {
        next = Math.min(seq, heads.length);
      },
      stored: () => stored,
      agrees: ({ seq, link }) => seq < heads.length && heads[seq]?.link === link,
      enqueue: () => [],
      recall: () => undefined,
      trim: () => undefined,
      figures: () => ({ headSeq: 9, storedSeq: stored.seq, events: 9 - stored.seq, bytes: 1 }),
      close: () => undefined,
    };
    const quiet = quietSocket();
    let welcomes = 0;
    converse(quiet.socket, {
      spool,
      signer: { publicKey: 'a2V5', sign: () => 'c2lnbmF0dXJl' },
      computerId,
      collectorKey: 'Y29sbGVjdG9y',
      version: '0.1.0',
      instance,
      status: () => ({ policyVersion: 1, spool: { events: 1, bytes: 1 }, conditions: [] }),
      clockDiffers: () => undefined,
      now: () => 0,
      welcomed() {
        welcomes += 1;
      },
      behind: ({ from, to }) => holds(from <= to, 'a gap begins before it ends'),
      policyExists: () => undefined,
      standingExists: () => undefined,
      refused: () => undefined,
    });
    for (const frame of frames) quiet.receive(frame);
    const { sent, closedWith } = quiet;
    quiet.end();
    for (const head of committed)
      holds(heads[head.seq]?.link === head.link, 'only what the spool itself recorded leaves it');
    holds(welcomes > 0 || leased.size === 0, 'nothing is sent before the welcome');
    holds(closedWith === undefined || closedWith === 4001, 'a bad message ends the connection, and no more');
    return closedWith === undefined ? (sent.length > 0 ? 'answered' : 'heard') : 'refused';
  };
}
