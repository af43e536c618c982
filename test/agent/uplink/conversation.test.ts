import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { limits } from '#shared/protocol/protocol.ts';
import { type ConversationParts, converse } from '../../../agent/uplink/conversation.ts';
import { connectPatience } from '../../../agent/uplink/reconnect.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('an agent that hears nothing', () => {
  it('counts the silence from when the connection stands, however long that took, and from each ping', () => {
    vi.useFakeTimers();
    const terminate = vi.fn();
    const socket = Object.assign(new EventEmitter(), { terminate });
    // Nothing is said before the collector speaks, so nothing of its parts is used.
    converse(socket as unknown as WebSocket, {} as ConversationParts);

    vi.advanceTimersByTime(connectPatience);
    socket.emit('open');
    vi.advanceTimersByTime(limits.heartbeatMilliseconds * 2);
    expect(terminate).not.toHaveBeenCalled();
    socket.emit('ping');
    vi.advanceTimersByTime(limits.heartbeatMilliseconds * 2);
    expect(terminate).not.toHaveBeenCalled();
    vi.advanceTimersByTime(limits.heartbeatMilliseconds);
    expect(terminate).toHaveBeenCalledOnce();
  });
});
