import { afterEach, describe, expect, it } from 'vitest';
import { verifier } from '#shared/identity.ts';
import { SignedStanding, StandingText, signingContexts, standingText } from '#shared/protocol/protocol.ts';
import { checker } from '#shared/schema.ts';
import { requestJson } from '../../../agent/uplink/request.ts';
import { grantApproval } from '../../../collector/approvals/approvals.ts';
import { openHome } from '../../../collector/home.ts';
import { publishText } from '../../../collector/policies/life-cycle.ts';
import { changeMedium, issueMedium } from '../../../collector/register/media.ts';
import { openStore } from '../../../collector/store/database.ts';
import { enrolComputer, type Greeted, greet, type TestComputer } from '../../fakes/agent-socket.ts';
import { type RealCollector, realCollector } from '../../fakes/real-collector.ts';

const doing = { by: 'analyst', now: Date.now() };
const stick = { serial: 'EX0001', holder: 'Ward 7', approver: 'Head' };
const open: { [Symbol.asyncDispose](): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function connected(): Promise<{ collector: RealCollector; computer: TestComputer; socket: Greeted }> {
  const collector = await realCollector();
  open.push(collector);
  const computer = await enrolComputer(collector);
  const socket = await greet(computer);
  open.push(socket);
  return { collector, computer, socket };
}

/** As another process does it: by a connection of its own. */
async function elsewhere<T>(
  collector: RealCollector,
  work: (parts: ReturnType<typeof partsOf>) => Promise<T>,
): Promise<T> {
  const home = openHome(collector.folder);
  const { store, close } = openStore(home.store);
  try {
    return await work(partsOf(home, store));
  } finally {
    await close();
  }
}
function partsOf(home: ReturnType<typeof openHome>, store: ReturnType<typeof openStore>['store']) {
  return { store, signer: home.policySigner, organisation: home.settings.organisation };
}

async function standingOf(computer: TestComputer, token: string) {
  const url = new URL('/agent/v1/standing', computer.url);
  const { status, body } = await requestJson(url, { agent: computer.https, method: 'GET', token });
  if (status !== 200) return { status };
  const signed = checker(SignedStanding).parse(body, 'The standing');
  const verified = verifier(computer.collectorKey)(signingContexts.standing, standingText(signed), signed.signature);
  return { status, verified, signed, told: checker(StandingText).parse(JSON.parse(signed.text), 'The text') };
}

describe('a change made by another process', () => {
  it('of the register is told to every connected agent, which gets it signed and for itself', async () => {
    const { collector, computer, socket } = await connected();
    expect(socket.welcome.standing).toEqual({ version: 1 });
    await elsewhere(collector, async ({ store }) => {
      const id = await store.transaction().execute((tx) => issueMedium(tx, stick, doing));
      await store.transaction().execute((tx) => changeMedium(tx, id, 'lost', doing));
    });
    await collector.check();
    expect(await socket.next('nudge')).toEqual({ type: 'nudge', standing: { version: 3 } });
    const { verified, signed, told } = await standingOf(computer, socket.welcome.token);
    expect({ verified, version: signed?.version, of: signed?.computerId }).toEqual({
      verified: true,
      version: 3,
      of: computer.computerId,
    });
    expect(told?.standing.register).toMatchObject([{ serial: 'EX0001', state: 'lost' }]);
  });

  it('of the policy comes into force here, is told, and is in the next welcome', async () => {
    const { collector, computer, socket } = await connected();
    const text = collector.policy.signed.text.replace(/^title: .*$/m, 'title: Second');
    const published = await elsewhere(collector, (parts) =>
      publishText(parts, text, { ...doing, approver: 'Head', reason: 'a test' }),
    );
    await collector.check();
    expect(await socket.next('nudge')).toMatchObject({ policy: { version: 2, sha256: published.sha256 } });
    await socket[Symbol.asyncDispose]();
    const again = await greet(computer);
    open.push(again);
    expect(again.welcome.policy).toEqual({ version: 2, sha256: published.sha256 });
  });

  it('is looked for without being told, within seconds', async () => {
    const { collector, socket } = await connected();
    await elsewhere(collector, ({ store }) => store.transaction().execute((tx) => issueMedium(tx, stick, doing)));
    expect(await socket.next('nudge')).toMatchObject({ standing: { version: 2 } });
  });

  it('that is none is not told', async () => {
    const { collector, socket } = await connected();
    await collector.check();
    await elsewhere(collector, ({ store }) => store.transaction().execute((tx) => issueMedium(tx, stick, doing)));
    await collector.check();
    expect(await socket.next('nudge')).toMatchObject({ standing: { version: 2 } });
  });
});

describe('the standing', () => {
  it('of a computer holds its own approvals and those of all, and nobody else gets it', async () => {
    const { collector, computer, socket } = await connected();
    const other = await enrolComputer(collector, 'WARD-8-LAPTOP');
    const approval = {
      kind: 'media' as const,
      device: { serial: 'EX0001' },
      rights: ['read' as const],
      from: doing.now - 1000,
      to: doing.now + 60_000,
      approver: 'Head',
      reference: 'IG-1',
      reason: 'a test',
    };
    const { store } = collector.context;
    const { policy } = collector.policy;
    await grantApproval(store, policy, { ...approval, reference: 'everywhere' }, doing);
    await grantApproval(store, policy, { ...approval, computerId: other.computerId, reference: 'theirs' }, doing);
    await grantApproval(store, policy, { ...approval, computerId: computer.computerId, reference: 'ours' }, doing);
    const { told } = await standingOf(computer, socket.welcome.token);
    expect(told?.standing.approvals.map(({ reference }) => reference).sort()).toEqual(['everywhere', 'ours']);
    expect(await standingOf(computer, 'x'.repeat(43))).toEqual({ status: 401 });
    expect(await standingOf(computer, '')).toEqual({ status: 401 });
  });
});
