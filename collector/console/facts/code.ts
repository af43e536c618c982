import type { codeKinds } from '#shared/events/code.ts';
import type { EventOf } from '#shared/events/kinds.ts';
import { spoken } from '#shared/policy/code.ts';
import { counted, moment } from '../words.ts';
import { deviceFacts, deviceName } from './device.ts';
import { factList, type Story } from './fact.ts';

type CodeEvent = { [K in keyof typeof codeKinds]: EventOf<K> }[keyof typeof codeKinds];

const endings = { expired: 'Its time ran out', cancelled: 'It was cancelled' };

export function codeStory(event: CodeEvent): Story {
  if (event.kind === 'code.refused') {
    const { attempts, waitSeconds } = event.data;
    return {
      headline: 'Wrong one-time codes were typed in',
      facts: factList({ Attempts: String(attempts), 'No more for': counted(Math.round(waitSeconds / 60), 'minute') }),
    };
  }
  const { challenge, scope, device } = event.data;
  const subject = device ? deviceName(device) : 'the whole computer';
  const what = scope === 'computer' ? 'Break-glass' : 'One-time code';
  const about = [...factList({ Challenge: spoken(challenge) }), ...(device ? deviceFacts(device) : [])];
  if (event.kind === 'code.ended') {
    return {
      headline: `${what} ended: ${subject}`,
      facts: [...factList({ Because: endings[event.data.because] }), ...about],
    };
  }
  const { rights, until } = event.data;
  const granted = factList({ Rights: rights.join(', '), Until: moment(Date.parse(until)).words });
  return { headline: `${what} redeemed: ${subject}`, facts: [...granted, ...about] };
}
