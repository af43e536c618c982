import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { type PasswordHasher, passwordHasher } from '../accounts/password-hash.ts';
import type { CollectorContext } from '../context.ts';
import { aboutRoutes } from './about-page.ts';
import { alertListRoutes } from './alert-list-page.ts';
import { alertRoutes } from './alert-page.ts';
import { alertStepRoutes } from './alert-steps.ts';
import { assetRoutes, loadAssets } from './assets.ts';
import { computerRoutes } from './computer-pages.ts';
import { errorPages } from './error-pages.ts';
import type { ConsoleContext } from './layout.ts';
import { type LiveTimes, liveHub, liveRoute } from './live.ts';
import { pageRenderer } from './render.ts';
import { accountRoutes, signInRoutes } from './sign-in-pages.ts';
import { recogniseVisits, refuseOtherSites, requireVisit } from './visit.ts';

export interface ConsoleOptions {
  /** Shown in the header of every page. */
  organisation: string;
  /** One for the whole process, so that its bound holds; made anew when absent. */
  hasher?: PasswordHasher;
  live?: LiveTimes;
}

/** The pages people use, as one plugin that keeps its hooks to itself. Serve it over TLS: its cookie needs that. */
export function consolePages(collector: CollectorContext, options: ConsoleOptions): FastifyPluginAsync {
  return async (app) => {
    const context: ConsoleContext = {
      ...collector,
      organisation: options.organisation,
      hasher: options.hasher ?? passwordHasher(),
      render: pageRenderer(),
      assets: loadAssets(),
      live: liveHub(collector, options.live),
    };
    app.addHook('preClose', (done) => {
      context.live.close();
      done();
    });
    await guards(app);
    refuseOtherSites(app);
    recogniseVisits(app, context);
    errorPages(app, context);
    assetRoutes(app, context.assets);
    signInRoutes(app, context);
    await app.register(async (inner) => signedInPages(inner, context));
  };
}

async function guards(app: FastifyInstance): Promise<void> {
  await app.register(cookie);
  await app.register(formbody, { bodyLimit: 64 * 1024 });
  await app.register(rateLimit, { global: false });
  app.addHook('onRequest', async (_request, reply) => {
    void reply.headers(pageHeaders);
  });
}

/** Beside those every answer of the server has. */
const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join(';'),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // With no-referrer browsers send forms without their origin, which is checked.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
};

function signedInPages(app: FastifyInstance, context: ConsoleContext): void {
  requireVisit(app);
  accountRoutes(app, context);
  alertListRoutes(app, context);
  liveRoute(app, context.live);
  alertRoutes(app, context);
  alertStepRoutes(app, context);
  computerRoutes(app, context);
  aboutRoutes(app, context);
}
