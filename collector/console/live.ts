import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { errorCode } from '#shared/errors.ts';
import { type Session, sessionById } from '../accounts/sessions.ts';
import type { CollectorContext } from '../context.ts';
import { visitOf } from './visit.ts';

/** Tells open pages that there is news. The news itself they fetch like any page, with the filter they have. */
export interface LiveHub {
  /** @returns the stream of one page, or undefined when this session has too many */
  open(session: Session): Readable | undefined;
  /** Ends the streams of sessions that are over. */
  check(): Promise<void>;
  close(): void;
}

interface Viewer {
  session: Session;
  stream: Readable;
  /** False while the browser has not taken what was sent. */
  ready: boolean;
  /** News came while it was not ready. However much, it is one message. */
  missed: boolean;
  beatsMissed: number;
}

export interface LiveTimes {
  /** Milliseconds between signs of life, and between looks whether the session still holds. */
  heartbeat: number;
  /** Fewest milliseconds between two messages of news. */
  gap: number;
}
const usual: LiveTimes = { heartbeat: 20_000, gap: 1000 };
const mostPerSession = 8;
const beatsAllowed = 3;

export function liveHub(context: CollectorContext, times: LiveTimes = usual): LiveHub {
  const viewers = new Set<Viewer>();
  const news = notTooOften(times.gap, () => {
    for (const viewer of viewers) tell(viewer);
  });
  const unsubscribe = context.changes.subscribe((committed) => {
    if (committed.alertIds.length > 0) news.ring();
  });
  async function check(): Promise<void> {
    for (const viewer of [...viewers]) {
      if (!(await sessionById(context, viewer.session.id, 'look'))) end(viewer);
    }
  }
  const beat = setInterval(() => {
    for (const viewer of viewers) heartbeat(viewer);
    check().catch((error: unknown) => context.log.warn({ code: errorCode(error) }, 'live pages could not be checked'));
  }, times.heartbeat);
  beat.unref();
  return {
    check,
    open(session) {
      if ([...viewers].filter((viewer) => viewer.session.id === session.id).length >= mostPerSession) return undefined;
      const viewer = newViewer(session);
      viewers.add(viewer);
      viewer.stream.once('close', () => viewers.delete(viewer));
      return viewer.stream;
    },
    close() {
      unsubscribe();
      clearInterval(beat);
      news.stop();
      for (const viewer of viewers) viewer.stream.destroy();
    },
  };
}

function newViewer(session: Session): Viewer {
  const stream = new Readable({
    highWaterMark: 1024,
    read() {
      viewer.ready = true;
      viewer.beatsMissed = 0;
      if (viewer.missed) tell(viewer);
    },
  });
  const viewer: Viewer = { session, stream, ready: true, missed: false, beatsMissed: 0 };
  send(viewer, 'retry: 5000\n\n');
  return viewer;
}

function tell(viewer: Viewer): void {
  viewer.missed = !viewer.ready;
  if (viewer.ready) send(viewer, 'event: alerts\ndata: \n\n');
}

function heartbeat(viewer: Viewer): void {
  if (viewer.ready) send(viewer, ': still here\n\n');
  else if (++viewer.beatsMissed >= beatsAllowed) viewer.stream.destroy();
}

function end(viewer: Viewer): void {
  if (viewer.stream.destroyed) return;
  viewer.stream.push('event: ended\ndata: \n\n');
  viewer.stream.push(null);
}

function send(viewer: Viewer, text: string): void {
  viewer.ready = viewer.stream.push(text);
}

/** Rings at once, then no more often than each `gap`; what comes in between is one ring at its end. */
function notTooOften(gap: number, ring: () => void): { ring(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  const rest = () => {
    timer = undefined;
    if (again) now();
  };
  const now = () => {
    again = false;
    timer = setTimeout(rest, gap);
    timer.unref();
    ring();
  };
  return {
    ring() {
      if (timer) again = true;
      else now();
    },
    stop: () => clearTimeout(timer),
  };
}

export function liveRoute(app: FastifyInstance, live: LiveHub): void {
  app.get('/alerts/live', (request, reply) => {
    const stream = live.open(visitOf(request).session);
    // 204 tells a browser's EventSource not to come again.
    if (!stream) return reply.code(204).send();
    return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
  });
}
