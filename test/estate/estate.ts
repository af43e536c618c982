import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PortcullisError } from '#shared/errors.ts';
import type { CrewAnswer, CrewFigures, Order } from './crew.ts';
import { newTally } from './member.ts';

/** An estate of simulated computers in a few processes, over real sockets with real identities. */
export interface Estate {
  processes: number;
  /** Computers enrol, none is connected yet. @param codes enrolment codes for all of them together */
  enrol(url: string, codes: string[]): Promise<CrewFigures>;
  /** @returns what all crews say of it together, since the order before */
  order(order: EstateOrder): Promise<CrewFigures>;
  stop(): Promise<void>;
}

/** Numbers of computers are of the whole estate. */
export type EstateOrder = Exclude<Order, { do: 'enrol' }>;

const program = fileURLToPath(new URL('crew-process.ts', import.meta.url));
/** What one process carries without being the bottleneck of a storm. */
const computersPerProcess = 2500;

/** @param computers at most 10,000 on one machine's loopback addresses */
export function startEstate(computers: number): Estate {
  const processes = Math.max(1, Math.ceil(computers / computersPerProcess));
  const crews = Array.from({ length: processes }, () => fork(program, { serialization: 'advanced' }));
  const end = () => {
    for (const one of crews) one.kill('SIGKILL');
  };
  process.once('exit', end);

  /** The share of the first so many that is this crew's, so that all crews are at work with half an estate, too. */
  const share = (total: number, place: number) => Math.floor(total / processes) + (place < total % processes ? 1 : 0);

  function ofCrew(order: EstateOrder, place: number): Order {
    return 'computers' in order ? { ...order, computers: share(order.computers, place) } : order;
  }

  return {
    processes,
    async enrol(url, codes) {
      let first = 0;
      const answers = crews.map((one, place) => {
        const own = share(computers, place);
        const order: Order = { do: 'enrol', share: { url, codes, computers: own, first } };
        first += own;
        return answerOf(one, order);
      });
      return together(await Promise.all(answers));
    },
    order: async (order) => together(await Promise.all(crews.map((one, place) => answerOf(one, ofCrew(order, place))))),
    async stop() {
      process.off('exit', end);
      const ended = crews.map((one) =>
        one.exitCode === null && one.signalCode === null ? once(one, 'exit') : undefined,
      );
      end();
      await Promise.all(ended);
    },
  };
}

function answerOf(crew: ChildProcess, order: Order): Promise<CrewFigures> {
  return new Promise((resolve, reject) => {
    const failed = () => reject(new PortcullisError('crewEnded', 'A process of the estate ended before its time.'));
    if (!crew.connected) return failed();
    crew.once('exit', failed);
    crew.once('message', (message) => {
      crew.off('exit', failed);
      const answer = message as CrewAnswer;
      if ('error' in answer) reject(new PortcullisError('crewFailed', answer.error));
      else resolve(answer);
    });
    crew.send(order);
  });
}

function together(answers: readonly CrewFigures[]): CrewFigures {
  const sum: CrewFigures = { ...newTally(), connected: 0, times: [] };
  for (const { sent, acknowledged, failures, lost, connected, refused, waits, times } of answers) {
    sum.sent += sent;
    sum.acknowledged += acknowledged;
    sum.failures += failures;
    sum.lost += lost;
    sum.connected += connected;
    for (const [code, count] of Object.entries(refused)) sum.refused[code] = (sum.refused[code] ?? 0) + count;
    sum.waits = sum.waits.concat(waits);
    sum.times = sum.times.concat(times);
  }
  return sum;
}
