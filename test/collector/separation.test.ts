import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { newKeyPair, signer } from '#shared/identity.ts';
import {
  type CollectorMessage,
  type EnrolResponse,
  enrolmentCode,
  helloText,
  parseEnrolmentCode,
  paths,
  protocolVersion,
  signingContexts,
  subprotocol,
} from '#shared/protocol/protocol.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { policyKeeper } from '../../agent/policy/keeper.ts';
import { requestJson } from '../../agent/uplink/request.ts';
import { openSession } from '../../collector/accounts/sessions.ts';
import { currentPolicy } from '../../collector/policies/policies.ts';
import { realCollector } from '../fakes/real-collector.ts';
import { enrolSimulatedAgent } from '../fakes/simulated-agent.ts';

/*
 * Two organisations are two collectors: what the one gave out is worth nothing at the other. Certificates are not
 * looked at here, so that it is the other collector itself that refuses and not only the pinned certificate.
 */
type Running = Awaited<ReturnType<typeof realCollector>>;
const anyCertificate = new Agent({ rejectUnauthorized: false });
let folder: string;
let focus: Running;
let westEssex: Running;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-separation-'));
  focus = await realCollector({ organisation: 'focus' });
  westEssex = await realCollector({ organisation: 'NHS West Essex CCG', profile: 'ccg' });
}, 120_000);
afterAll(async () => {
  anyCertificate.destroy();
  await focus?.[Symbol.asyncDispose]();
  await westEssex?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function enrolled(at: Running) {
  const keys = newKeyPair();
  const { token } = parseEnrolmentCode(await at.code());
  const { status, body } = await requestJson(new URL(paths.enrol, at.url), {
    agent: anyCertificate,
    method: 'POST',
    body: { token, publicKey: keys.publicKey, hostname: 'FOC-LT-001', version: '0.1.0' },
  });
  expect(status).toBe(200);
  return { keys: signer(keys.privateKeyPem), ...(body as EnrolResponse) };
}

/** Says hello as that computer. @returns what the collector answers */
function greet(at: Running, { keys, computerId }: Awaited<ReturnType<typeof enrolled>>, collectorKey: string) {
  const socket = new WebSocket(new URL(paths.socket, at.url), subprotocol, { agent: anyCertificate });
  return new Promise<CollectorMessage>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as CollectorMessage;
      if (message.type !== 'challenge') {
        socket.close();
        resolve(message);
        return;
      }
      const stored = { seq: 0, link: '0'.repeat(64) };
      const hello = { type: 'hello', protocol: protocolVersion, computerId, version: '0.1.0', stored } as const;
      const unsigned = { ...hello, instance: uuidv7(Date.now()) };
      const signature = keys.sign(signingContexts.hello, helloText(message.nonce, collectorKey, unsigned));
      socket.send(JSON.stringify({ ...unsigned, signature }));
    });
  });
}

describe('what one organisation gave out, at the other', () => {
  it('a session opens no page', async () => {
    const { context } = focus;
    const account = await context.store.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
    await context.store.updateTable('accounts').set({ must_change_password: 0 }).execute();
    const { cookie } = await openSession(context, account.id);
    const home = async (at: Running) => {
      const headers = { cookie: `__Host-portcullis=${cookie}` };
      return new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
        const options = { agent: anyCertificate, headers };
        const asked = request(new URL('/about-monitoring', at.url), options, (answer) => {
          answer.resume();
          resolve([answer.statusCode, answer.headers.location]);
        });
        asked.on('error', reject).end();
      });
    };
    expect((await home(focus))[1] ?? '').not.toContain('/sign-in');
    expect(await home(westEssex)).toEqual([303, expect.stringContaining('/sign-in')]);
  });

  it('an enrolment token enrols nothing', async () => {
    const { token } = parseEnrolmentCode(await focus.code());
    const code = enrolmentCode(token, westEssex.certificate.fingerprint);
    await expect(enrolSimulatedAgent(westEssex.url, code, '127.0.3.1')).rejects.toThrow();
    expect(await westEssex.context.store.selectFrom('computers').select('id').execute()).toEqual([]);
  });

  it('an enrolled computer is a stranger, whichever collector its signature names', async () => {
    const computer = await enrolled(focus);
    const other = (await enrolled(westEssex)).collectorKey;
    for (const named of [computer.collectorKey, other]) {
      expect(await greet(westEssex, computer, named)).toMatchObject({ type: 'refusal' });
    }
  });

  it('a signed policy is not taken by an agent, be it of the same name', async () => {
    const policy = async (of: Running) => (await currentPolicy(of.context.store))?.signed;
    const { collectorKey } = await enrolled(westEssex);
    const focusPolicy = await policy(focus);
    for (const organisation of ['NHS West Essex CCG', 'focus']) {
      const keeper = policyKeeper(join(folder, `${organisation}.json`), collectorKey, organisation);
      expect(() => keeper.accept(focusPolicy)).toThrow('does not verify');
    }
    const keeper = policyKeeper(join(folder, 'own.json'), collectorKey, 'NHS West Essex CCG');
    expect(keeper.accept(await policy(westEssex))).toMatchObject({ version: 1 });
  });
});
