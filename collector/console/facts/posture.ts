import type { EventOf } from '#shared/events/kinds.ts';
import type { PostureFacts, PostureItem, postureKinds } from '#shared/events/posture.ts';
import { dayInWords } from '../words.ts';
import { factList, type Story } from './fact.ts';

type PostureEvent = { [K in keyof typeof postureKinds]: EventOf<K> }[keyof typeof postureKinds];

export const postureItemWords: Record<PostureItem, string> = {
  antivirus: 'Antivirus',
  'screen-lock': 'Screen lock',
  'os-support': 'Support of the operating system',
  firewall: 'Firewall',
};

export const postureStateWords: Record<PostureFacts['state'], string> = {
  good: 'As expected',
  bad: 'Needs attention',
  unknown: 'Could not be told',
};

export function postureStory({ data }: PostureEvent): Story {
  const { item, state, what, because, supportEnds } = data.posture;
  return {
    headline: `${postureItemWords[item]}: ${postureStateWords[state].toLowerCase()}`,
    facts: factList({
      Item: postureItemWords[item],
      State: postureStateWords[state],
      'What was found': what,
      Because: because,
      'Support ends': supportEnds === undefined ? undefined : dayInWords(supportEnds),
      Before: data.previous === undefined ? undefined : postureStateWords[data.previous],
    }),
  };
}
