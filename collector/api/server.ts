import type { Server } from 'node:https';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { refuseUnlistedRoutes } from '../console/access.ts';
import type { Certificate } from '../gateway/certificate.ts';

export interface ServerParts {
  log: Logger;
  certificate: Certificate;
  registry: Registry;
  /** Whether events can be stored right now; false makes /readyz answer 503. */
  ready(): Promise<boolean>;
  plugins: FastifyPluginAsync[];
}

/** The HTTPS server that agents and people share. Not yet listening. */
export async function makeServer({
  log,
  certificate,
  registry,
  ready,
  plugins,
}: ServerParts): Promise<FastifyInstance<Server>> {
  const app = Fastify({
    https: { key: certificate.key, cert: certificate.certificate, minVersion: 'TLSv1.2' },
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    // A field too many is a mistake to be told, not to be dropped in silence.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    genReqId: () => crypto.randomUUID(),
  });
  refuseUnlistedRoutes(app);
  await app.register(helmet, {
    contentSecurityPolicy: false,
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  });
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) =>
    (await ready()) ? { status: 'ready' } : reply.code(503).send({ status: 'not ready' }),
  );
  app.get('/metrics', async (request, reply) => {
    if (!isLoopback(request.ip))
      return reply.code(403).send({ code: 'localOnly', says: 'Metrics are read on the collector itself.' });
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  for (const plugin of plugins) await app.register(plugin);
  return app as unknown as FastifyInstance<Server>;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}
