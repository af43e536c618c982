import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { limits, paths, subprotocol } from '#shared/protocol/protocol.ts';
import { agentSession, type GatewayParts } from './session.ts';

/** Sockets that have not yet proved who they are: bounded, because they cost memory and anyone can open one. */
export interface UnidentifiedBounds {
  total: number;
  perAddress: number;
  /** Within which one has to say who it is. */
  milliseconds: number;
}

export interface Gateway {
  /** Takes no more agents and ends the connections there are. */
  close(): Promise<void>;
}

/**
 * The agents' door: WebSocket upgrades on the collector's own port, decided before the handshake.
 * @param server the listening HTTPS server, shared with the console
 */
export function openGateway(server: Server, parts: GatewayParts, bounds: UnidentifiedBounds): Gateway {
  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    // Room above the limit, so that a frame somewhat too large gets its typed refusal.
    maxPayload: limits.batchBytes * 4,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  const unidentified = counter();

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const address = request.socket.remoteAddress ?? 'unknown';
    const refusal = whyNot(request, address);
    if (refusal) {
      refuseUpgrade(stream, refusal);
      return;
    }
    unidentified.add(address);
    let counted = true;
    const settle = () => {
      if (counted) unidentified.remove(address);
      counted = false;
    };
    stream.once('close', settle);
    stream.on('error', settle);
    wss.handleUpgrade(request, stream, head, (socket) => agentSession(socket, parts, bounds.milliseconds, settle));
  }

  function whyNot(request: IncomingMessage, address: string): string | undefined {
    if (request.url !== paths.socket) return '404 Not Found';
    if (!offers(request.headers['sec-websocket-protocol'])) return '400 Bad Request';
    if (unidentified.total() >= bounds.total || unidentified.of(address) >= bounds.perAddress)
      return '503 Service Unavailable';
    return undefined;
  }

  server.on('upgrade', upgrade);
  return {
    async close() {
      server.off('upgrade', upgrade);
      for (const socket of wss.clients) socket.close(1001, 'the collector stops');
      const patience = setTimeout(() => {
        for (const socket of wss.clients) socket.terminate();
      }, 1000);
      await new Promise<void>((resolve) => wss.close(() => resolve()));
      clearTimeout(patience);
    },
  };
}

function offers(header: string | undefined): boolean {
  return header?.split(',').some((name) => name.trim() === subprotocol) ?? false;
}

function refuseUpgrade(stream: Duplex, status: string): void {
  stream.on('error', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n`);
}

function counter() {
  const counts = new Map<string, number>();
  let total = 0;
  return {
    total: () => total,
    of: (key: string) => counts.get(key) ?? 0,
    add(key: string) {
      total += 1;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    remove(key: string) {
      total -= 1;
      const left = (counts.get(key) ?? 1) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    },
  };
}
