import { describe, expect, it } from 'vitest';
import { isoTime } from '#shared/clock.ts';
import { makeChallenge } from '#shared/policy/code.ts';
import { listCodes, makeOneTimeCode } from '../../../collector/approvals/codes.ts';
import { batchOf, enrolComputer, greet, lineOf } from '../../fakes/agent-socket.ts';
import { realCollector } from '../../fakes/real-collector.ts';

const seed = { nonce: Buffer.alloc(16, 3).toString('base64url'), subject: 'usb:0781:5581:serial:EX1' };

describe('a code that an agent says was typed in', () => {
  it.each([
    ['that was made here is noted with its time', true],
    ['that was never made here raises an alert: somebody knows the secret', false],
  ])('%s', async (_what, isMade) => {
    await using collector = await realCollector();
    const { store } = collector.context;
    const computer = await enrolComputer(collector);
    const { code_secret: secret } = await store.selectFrom('computers').select('code_secret').executeTakeFirstOrThrow();
    const challenge = makeChallenge(secret ?? '', seed);
    const grant = { scope: 'device' as const, rights: ['read' as const], minutes: 60 as const };
    const wanted = { computer: computer.computerId, challenge, grant, approver: 'Head', reason: 'A clinic' };
    if (isMade) await makeOneTimeCode(store, wanted, { by: 'analyst', now: Date.now() });

    const at = isoTime(Date.UTC(2026, 10, 21, 9));
    const data = { challenge, scope: grant.scope, rights: grant.rights, minutes: 60, until: at };
    await using socket = await greet(computer);
    socket.send(batchOf(computer, computer.start, [lineOf(1, { kind: 'code.redeemed', data, at })]).frame);
    await socket.next('ack');

    const codes = await listCodes(store);
    expect(codes.map(({ redeemed_at }) => redeemed_at)).toEqual(isMade ? [Date.parse(at)] : []);
    const alerts = await store.selectFrom('alerts').select('rule_id').where('rule_id', '=', 'code-unknown').execute();
    expect(alerts).toHaveLength(isMade ? 0 : 1);
  });
});
