import { openIncident } from '../../collector/incidents/incidents.ts';
import { addSide, answerNotice, type GivenAnswer } from '../../collector/notices/answers.ts';
import type { Random } from '../fakes/random.ts';
import type { Desk } from './desk.ts';

const answers: readonly [GivenAnswer, ...GivenAnswer[]] = [
  {
    answer: 'put-right',
    approval: '',
    comment: 'We talked about it; the stick is with ICT and the file on the server.',
  },
  { answer: 'put-right', approval: '', comment: 'A mistake in a hurry. The whole team was reminded at its meeting.' },
  { answer: 'expected', approval: 'A-0412', comment: 'For the open day, as agreed with the Head of Business.' },
  {
    answer: 'needs-ict',
    approval: '',
    comment: 'The shared drive is too slow in the afternoon, so that people save locally.',
  },
];

/** Supervisors answer what has waited since yesterday; the newest, and now and then one more, stays open. */
export async function answerNotices({ store, ids }: Desk, now: number, random: Random): Promise<void> {
  const asked = await store
    .selectFrom('notices')
    .innerJoin('notice_recipients', 'notice_recipients.notice_id', 'notices.id')
    .selectAll('notices')
    .select(['notice_recipients.id as recipient', 'notice_recipients.account_id as account'])
    .where('notices.state', '=', 'open')
    .where('notices.due_at', 'is not', null)
    .where('notices.opened_at', '<', now - 1000)
    .where('notice_recipients.acts', '=', 1)
    .orderBy('notices.number')
    .execute();
  const seen = new Set<string>();
  for (const { recipient, account, ...notice } of asked) {
    if (seen.has(notice.id) || random.below(100) < 35) continue;
    seen.add(notice.id);
    const answering = { accountId: account ?? ids.get('head') ?? '', recipients: [recipient], now, openIncident };
    await store.transaction().execute(async (tx) => {
      if (notice.number % 5 === 0) {
        const own = 'I was told that the stick was one of ours. I did not look at its label.';
        await addSide(tx, notice.id, own, { accountId: null, now: now - 3_600_000 });
      }
      await answerNotice(tx, notice, random.oneOf(answers), answering);
    });
  }
}
