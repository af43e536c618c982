import { createReadStream } from 'node:fs';
import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { errorCode } from '#shared/errors.ts';
import { verifier } from '#shared/identity.ts';
import { EnrolRequest, type EnrolResponse, paths } from '#shared/protocol/protocol.ts';
import { releasePath } from '#shared/protocol/release.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { addComputer, KeyEnrolledError } from '../register/computers.ts';
import type { StoreTransaction } from '../store/tables.ts';
import { Asked } from '../updates/offers.ts';
import type { GatewayParts } from './session.ts';
import { type LiveSession, randomToken } from './sessions.ts';
import { redeemToken, TokenError } from './tokens.ts';

/** What agents ask for by HTTPS: to be enrolled once, and policy and standing whenever they are told of new ones. */
export function agentRoutes(parts: GatewayParts, organisation: string): FastifyPluginAsync {
  return async (app) => {
    await app.register(rateLimit, { max: 60, timeWindow: '1 minute' });

    app.post<{ Body: EnrolRequest }>(paths.enrol, { schema: { body: EnrolRequest } }, async (request, reply) => {
      try {
        verifier(request.body.publicKey);
      } catch {
        return reply.code(400).send({ code: 'malformed', says: 'The public key is not an Ed25519 key.' });
      }
      try {
        const codeSecret = randomToken();
        const now = parts.clock.now();
        const computerId = await parts.store.transaction().execute((tx) => enrol(tx, request.body, codeSecret, now));
        parts.log.info({ computer: computerId }, 'computer enrolled');
        const policy = parts.policy().published.signed;
        const { collectorKey } = parts;
        return { computerId, organisation, collectorKey, codeSecret, policy } satisfies EnrolResponse;
      } catch (error) {
        if (!(error instanceof TokenError || error instanceof KeyEnrolledError)) throw error;
        parts.log.warn({ code: errorCode(error) }, 'enrolment refused');
        if (error instanceof KeyEnrolledError) return reply.code(409).send({ code: error.code, says: error.message });
        // One answer for all, so that tokens cannot be probed.
        return reply.code(403).send({ code: 'tokenRefused', says: error.message });
      }
    });

    // Whole sites stand behind one address; a live session is a better thing to count by.
    const bySession = { config: { rateLimit: { keyGenerator: sessionOrAddress } } };
    app.get(paths.policy, bySession, (request, reply) =>
      forSession(request, reply, async () => parts.policy().published.signed),
    );
    app.get(paths.standing, bySession, (request, reply) =>
      forSession(request, reply, ({ computerId }) => parts.standing.of(computerId)),
    );

    app.get<{ Querystring: Asked }>(releasePath, { ...bySession, schema: { querystring: Asked } }, (request, reply) =>
      forSession(request, reply, ({ computerId }) => parts.offers.offerFor(computerId, request.query)),
    );
    app.get<{ Params: { sha256: string } }>(`${releasePath}/:sha256`, bySession, (request, reply) =>
      forSession(request, reply, async () => {
        const file = await parts.offers.file(request.params.sha256);
        if (file === undefined) return reply.code(404).send({ code: 'noSuchRelease', says: 'This is not offered.' });
        return reply.type('application/zip').send(createReadStream(file));
      }),
    );

    async function forSession<T>(
      request: FastifyRequest,
      reply: FastifyReply,
      answer: (session: LiveSession) => Promise<T>,
    ): Promise<T | FastifyReply> {
      const session = parts.sessions.byToken(bearerOf(request) ?? '');
      if (session) return answer(session);
      return reply.code(401).send({ code: 'notEnrolled', says: 'Ask with the token of a live session.' });
    }

    function sessionOrAddress(request: FastifyRequest): string {
      return parts.sessions.byToken(bearerOf(request) ?? '')?.computerId ?? request.ip;
    }
  };
}

function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([A-Za-z0-9_-]{43})$/.exec(request.headers.authorization ?? '')?.[1];
}

async function enrol(
  tx: StoreTransaction,
  { token, publicKey, hostname, version }: EnrolRequest,
  codeSecret: string,
  now: number,
): Promise<string> {
  const computerId = uuidv7(now);
  // The token first: without one, nothing can be learnt about the keys that are enrolled.
  await redeemToken(tx, token, computerId, now);
  await addComputer(tx, {
    id: computerId,
    publicKey,
    hostname: cleanText(hostname),
    version: cleanText(version),
    codeSecret,
    now,
  });
  return computerId;
}
