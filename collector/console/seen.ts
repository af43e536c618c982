import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { type AuditEntry, recordAudit } from '../accounts/audit.ts';
import type { Store } from '../store/tables.ts';
import type { Writer } from '../store/writer.ts';
import { type Route, routeOf } from './access.ts';
import type { ConsoleContext } from './layout.ts';
import { isUnasked, visitOf } from './visit.ts';

/** Writes down what somebody is shown. Resolves when it is on disk. @throws PortcullisError `unavailable` */
export type RecordSeen = (entry: AuditEntry) => Promise<void>;

/** On this thread's own connection, for a console without a writer. */
export function seenDirectly(store: Store): RecordSeen {
  return (entry) => recordAudit(store, entry);
}

/** With whatever the writer thread commits next: no page holds up the agents, and this thread never waits for the store. */
export function seenByWriter(writer: Pick<Writer, 'write'>): RecordSeen {
  return async (entry) => {
    const { stored } = await writer.write({ type: 'seen', entry });
    if (stored) return;
    const says = 'This could not be written to the audit trail, so it is not shown. Look at the log of the collector.';
    throw new PortcullisError('unavailable', says, { retry: true });
  };
}

/** Makes a page about one person or thing while the entry that it was seen is on its way to the disk. It is shown after. */
export async function onRecord<T>(
  { recordSeen, clock }: ConsoleContext,
  request: FastifyRequest,
  seen: Pick<AuditEntry, 'action' | 'object'>,
  page: () => Promise<T>,
): Promise<T> {
  const entry = { at: clock.now(), accountId: visitOf(request).account.id, ...seen };
  const [, shown] = await Promise.all([recordSeen(entry), page()]);
  return shown;
}

/** Routes that say themselves, and better, what was seen; and those that show nothing of anybody. */
const saidElsewhere: ReadonlySet<Route> = new Set<Route>([
  'GET /alerts/:id',
  'GET /notices/:id',
  // Its address is a key.
  'GET /notice-link',
  'GET /computers/:id',
  'GET /incidents/:id',
  'GET /incidents/:id/bundle',
  'GET /people/:id',
  'GET /disclosures/:id',
  'GET /people/export',
  'GET /reports/:id/:format',
  'GET /session',
  'GET /',
  'GET /sign-in',
  'GET /sign-in/code',
  'GET /sign-in/organisation',
  'GET /sign-in/organisation/answer',
  'GET /assets/:version/:name',
]);

declare module 'fastify' {
  interface FastifyRequest {
    /** Resolves when it is on disk that this page was opened. */
    recorded: Promise<void> | null;
  }
}

/** Writes down every page that somebody opened, with what they searched it for, before it is sent. */
export function recordPages(app: FastifyInstance, context: ConsoleContext): void {
  app.decorateRequest('recorded', null);
  app.addHook('onSend', async (request, reply) => {
    beginRecord(context, request, reply);
    await request.recorded;
  });
}

/** Called as early as it is known that a page will be shown: it is then made while the disk works. */
export function beginRecord(context: ConsoleContext, request: FastifyRequest, reply: FastifyReply): void {
  const route = routeOf(request);
  if (request.recorded || !request.visit || request.method !== 'GET' || reply.statusCode !== 200) return;
  if (route === undefined || saidElsewhere.has(route) || isUnasked(request)) return;
  const [object, query] = request.url.split('?');
  const accountId = request.visit.account.id;
  const entry = { at: context.clock.now(), accountId, action: 'page.viewed', object, detail: query } as const;
  // Lists are shown all the same, for whoever has to mend the store; it must at least be heard of.
  request.recorded = context
    .recordSeen(entry)
    .catch((error: unknown) =>
      context.log.error({ code: errorCode(error) }, 'an opened page could not be written to the audit trail'),
    );
}
