import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What the network does to one connection. Bytes are counted over both directions. */
export type Behaviour =
  | { kind: 'pass' }
  /** Every chunk waits up to so many milliseconds, and those of one direction keep their order. */
  | { kind: 'delay'; most: number; chance(limit: number): number }
  /** From then on every second chunk overtakes the one before. */
  | { kind: 'reorder'; after: number }
  /** From then on chunks of one direction are lost now and then. */
  | { kind: 'drop'; after: number; chance(limit: number): number }
  /** Ended hard in the midst. */
  | { kind: 'cut'; after: number }
  /** From then on nothing arrives any more, and nobody is told. */
  | { kind: 'black-hole'; after: number }
  /** One side is told that the connection ended; the other is not. */
  | { kind: 'half-open'; after: number; stays: 'near' | 'far' }
  /** One direction crawls. `near` writes slowly or reads slowly. */
  | { kind: 'crawl'; slow: 'write' | 'read'; bytes: number }
  | { kind: 'refuse' };

export interface FaultProxy extends AsyncDisposable {
  port: number;
  /** Port behind it; undefined: nobody is there. */
  target: number | undefined;
  /** Asked at each new connection. */
  behave(): Behaviour;
  connections(): number;
  /** From now on all is well; what was spoilt is ended, unless it is left for the two sides to notice. */
  mend(how?: { leave?: boolean }): void;
}

const crawlMilliseconds = 20;
const pass: Behaviour = { kind: 'pass' };

/** The network between agents and collector: a TCP proxy that does what it is told to. */
export async function faultProxy(): Promise<FaultProxy> {
  const spoilt = new Set<Socket>();
  const all = new Set<Socket>();
  let count = 0;

  const server = createServer((near) => {
    count += 1;
    const behaviour = proxy.behave();
    if (proxy.target === undefined || behaviour.kind === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(proxy.target, '127.0.0.1');
    for (const socket of [near, far]) {
      all.add(socket);
      if (behaviour.kind !== 'pass') spoilt.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        all.delete(socket);
        spoilt.delete(socket);
      });
    }
    join(near, far, behaviour);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const proxy: FaultProxy = {
    port: (server.address() as AddressInfo).port,
    target: undefined,
    behave: () => pass,
    connections: () => count,
    mend({ leave = false } = {}) {
      proxy.behave = () => pass;
      if (!leave) for (const socket of spoilt) socket.resetAndDestroy();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of all) socket.destroy();
      await once(server, 'close');
    },
  };
  return proxy;
}

function join(near: Socket, far: Socket, behaviour: Behaviour): void {
  let bytes = 0;
  let dead = false;
  const due = (after: number) => bytes > after;
  near.on('close', () => dead || far.destroy());
  far.on('close', () => dead || near.destroy());
  for (const [from, towards, isUp] of [
    [near, far, true],
    [far, near, false],
  ] as const) {
    const on = lane(from, towards, behaviour, isUp);
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (dead) return;
      switch (behaviour.kind) {
        case 'cut':
          if (due(behaviour.after)) {
            near.resetAndDestroy();
            far.resetAndDestroy();
          } else on(chunk, false);
          return;
        case 'black-hole':
          dead = due(behaviour.after);
          if (!dead) on(chunk, false);
          return;
        case 'half-open':
          dead = due(behaviour.after);
          if (dead) (behaviour.stays === 'near' ? far : near).resetAndDestroy();
          else on(chunk, false);
          return;
        case 'drop':
        case 'reorder':
          on(chunk, due(behaviour.after));
          return;
        case 'pass':
        case 'delay':
        case 'crawl':
        case 'refuse':
          on(chunk, true);
      }
    });
  }
}

/** One direction: hands chunks on, and spoils them once `spoil` is said. */
function lane(from: Socket, towards: Socket, behaviour: Behaviour, isUp: boolean) {
  function hand(chunk: Buffer): void {
    if (towards.destroyed || towards.write(chunk)) return;
    from.pause();
    towards.once('drain', () => from.resume());
  }
  let held: Buffer | undefined;
  let queue = Promise.resolve();
  return (chunk: Buffer, spoil: boolean): void => {
    if (spoil && behaviour.kind === 'reorder') {
      const before = held;
      held = before ? undefined : chunk;
      if (before) for (const one of [chunk, before]) hand(one);
    } else if (spoil && behaviour.kind === 'drop') {
      if (behaviour.chance(3) !== 0) hand(chunk);
    } else if (spoil && behaviour.kind === 'delay') {
      const until = behaviour.chance(behaviour.most);
      queue = queue.then(() => later(until)).then(() => hand(chunk));
    } else if (behaviour.kind === 'crawl' && isUp === (behaviour.slow === 'write')) {
      from.pause();
      crawl(chunk, behaviour.bytes, hand, () => from.resume());
    } else hand(chunk);
  };
}

function crawl(chunk: Buffer, bytes: number, hand: (chunk: Buffer) => void, done: () => void): void {
  hand(chunk.subarray(0, bytes));
  if (chunk.length <= bytes) done();
  else setTimeout(() => crawl(chunk.subarray(bytes), bytes, hand, done), crawlMilliseconds);
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
