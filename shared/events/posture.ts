import Type from 'typebox';
import { exactObject, oneOf, Text } from '../schema.ts';
import { kind } from './event.ts';

export const postureItems = ['antivirus', 'screen-lock', 'os-support', 'firewall'] as const;
export type PostureItem = (typeof postureItems)[number];

/** `good` meets the usual expectation, `bad` does not, `unknown` could not be told and is never counted as good. */
export const PostureFacts = exactObject({
  item: oneOf(postureItems),
  state: oneOf(['good', 'bad', 'unknown']),
  /** What it is: `ClamAV (clamav-daemon)`, `Debian 12 (bookworm)`, `nftables`. */
  what: Type.Optional(Text),
  /** A plain sentence saying how the state was told. */
  because: Text,
  /** End of support as a date, where there is one: `2028-06-30`. */
  supportEnds: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
});
export type PostureFacts = Type.Static<typeof PostureFacts>;

export const postureKinds = {
  'posture.changed': kind({
    description:
      'Antivirus, screen lock, operating-system support or firewall was seen for the first time, or changed.',
    priority: 'security',
    data: exactObject({ posture: PostureFacts, previous: Type.Optional(oneOf(['good', 'bad', 'unknown'])) }),
    example: { posture: { item: 'antivirus', state: 'bad', because: 'No known antivirus service is running.' } },
  }),
};
