import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import { newKeyPair, verifier } from '#shared/identity.ts';
import { parseEnrolmentCode, paths, policyText, SignedPolicy, signingContexts } from '#shared/protocol/protocol.ts';
import { checker } from '#shared/schema.ts';
import { requestJson } from '../../../agent/uplink/request.ts';
import { askToEnrol, enrolComputer, greet, httpsAgentFor } from '../../fakes/agent-socket.ts';
import { type RealCollector, realCollector } from '../../fakes/real-collector.ts';

const week = 7 * 24 * 60 * 60 * 1000;
let late = 0;
let collector: RealCollector;
beforeAll(async () => {
  collector = await realCollector({ clock: { ...systemClock, now: () => Date.now() + late } });
});
afterAll(() => collector[Symbol.asyncDispose]());

const newToken = async () => parseEnrolmentCode(await collector.code()).token;
const computers = async () => (await collector.context.store.selectFrom('computers').select('id').execute()).length;

async function expired(): Promise<string> {
  const token = await newToken();
  late += week;
  return token;
}

async function used(): Promise<string> {
  const token = await newToken();
  expect(await askToEnrol(collector, { token })).toMatchObject({ status: 200 });
  return token;
}

describe('enrolment', () => {
  it.each([
    ['unknown', async () => 'x'.repeat(32), 'tokenUnknown'],
    ['used already', used, 'tokenUsed'],
    ['expired', expired, 'tokenExpired'],
  ])('is refused with a token that is %s, in words that do not tell which', async (_what, make, code) => {
    const token = await make();
    const before = await computers();
    const { status, body } = await askToEnrol(collector, { token });
    expect(status).toBe(403);
    expect(body).toEqual({
      code: 'tokenRefused',
      says: expect.stringContaining('not valid, was used already or has expired'),
    });
    expect(await computers()).toBe(before);
    expect(collector.log).toContainEqual(expect.objectContaining({ code, msg: 'enrolment refused' }));
  });

  it('uses one token once, however many ask at the same moment', async () => {
    const token = await newToken();
    const before = await computers();
    const answers = await Promise.all(Array.from({ length: 8 }, () => askToEnrol(collector, { token })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(7);
    expect(await computers()).toBe(before + 1);
  });

  it('gives one key to one computer, and leaves the token as it was', async () => {
    const { publicKey } = newKeyPair();
    await askToEnrol(collector, { publicKey });
    const token = await newToken();
    expect(await askToEnrol(collector, { publicKey, token })).toMatchObject({
      status: 409,
      body: { code: 'keyEnrolled' },
    });
    expect(await askToEnrol(collector, { token })).toMatchObject({ status: 200 });
  });

  it('says nothing of keys to who has no token', async () => {
    const { publicKey } = newKeyPair();
    await askToEnrol(collector, { publicKey });
    expect(await askToEnrol(collector, { publicKey, token: 'x'.repeat(32) })).toMatchObject({ status: 403 });
  });

  it.each([
    ['a key that is none', { publicKey: 'short' }, 'malformed'],
    ['a member too many', { admin: true }, 'FST_ERR_VALIDATION'],
    ['no host name', { hostname: undefined }, 'FST_ERR_VALIDATION'],
    ['a host name without end', { hostname: 'x'.repeat(300) }, 'FST_ERR_VALIDATION'],
    ['a number for a token', { token: 1234567890123456 }, 'FST_ERR_VALIDATION'],
  ])('is refused with %s', async (_what, change, code) => {
    const before = await computers();
    expect(await askToEnrol(collector, change)).toMatchObject({ status: 400, body: { code } });
    expect(await computers()).toBe(before);
  });

  it('makes a hostile host name harmless', async () => {
    const { body } = await askToEnrol(collector, { hostname: 'A\u202Egnp.exe\u0000\n' });
    const { hostname } = await collector.context.store
      .selectFrom('computers')
      .select('hostname')
      .where('id', '=', (body as { computerId: string }).computerId)
      .executeTakeFirstOrThrow();
    expect(hostname).toBe('A\uFFFDgnp.exe\uFFFD\uFFFD');
  });

  it('leaves no host name and no token in the log', async () => {
    const token = await used();
    await askToEnrol(collector, { token });
    expect(JSON.stringify(collector.log)).not.toContain(token);
    expect(JSON.stringify(collector.log)).not.toContain('WARD-7-LAPTOP');
  });
});

describe('the policy', () => {
  const ask = (token?: string) =>
    requestJson(new URL(paths.policy, collector.url), {
      agent: httpsAgentFor(collector),
      method: 'GET',
      ...(token !== undefined && { token }),
    });

  it('is given to a live session only, signed', async () => {
    const computer = await enrolComputer(collector);
    const socket = await greet(computer);
    const { token, policy } = socket.welcome;
    const { status, body } = await ask(token);
    expect(status).toBe(200);
    const signed = checker(SignedPolicy).parse(body, 'The policy');
    const verify = verifier(computer.collectorKey);
    expect(verify(signingContexts.policy, policyText(signed), signed.signature)).toBe(true);
    expect(signed.version).toBe(policy.version);

    await socket[Symbol.asyncDispose]();
    await expect.poll(async () => (await ask(token)).status).toBe(401);
  });

  it.each([
    ['no token', undefined],
    ['a token of nobody', 'x'.repeat(43)],
    ['a token that is none', "x' OR 1=1 --"],
  ])('is refused with %s', async (_what, token) => {
    expect(await ask(token)).toMatchObject({ status: 401, body: { code: 'notEnrolled' } });
  });
});
