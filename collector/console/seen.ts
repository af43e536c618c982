import type { FastifyInstance } from 'fastify';
import { errorCode } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import { type Route, routeOf } from './access.ts';
import type { ConsoleContext } from './layout.ts';
import { isUnasked } from './visit.ts';

/** Routes that say themselves, and better, what was seen; and those that show nothing of anybody. */
const saidElsewhere: ReadonlySet<Route> = new Set<Route>([
  'GET /alerts/:id',
  'GET /computers/:id',
  'GET /people/:id',
  'GET /people/export',
  'GET /session',
  'GET /',
  'GET /sign-in',
  'GET /sign-in/code',
  'GET /sign-in/organisation',
  'GET /sign-in/organisation/answer',
  'GET /assets/:version/:name',
]);

/** Writes down every page that somebody opened, with what they searched it for. */
export function recordPages(app: FastifyInstance, { store, clock, log }: ConsoleContext): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request);
    if (!request.visit || request.method !== 'GET' || reply.statusCode !== 200 || route === undefined) return;
    if (saidElsewhere.has(route) || isUnasked(request)) return;
    const [object, query] = request.url.split('?');
    const entry = {
      at: clock.now(),
      accountId: request.visit.account.id,
      action: 'page.viewed',
      object,
      detail: query,
    } as const;
    // The page is sent already: a trail that cannot be written must at least be heard of.
    await recordAudit(store, entry).catch((error: unknown) =>
      log.error({ code: errorCode(error) }, 'an opened page could not be written to the audit trail'),
    );
  });
}
