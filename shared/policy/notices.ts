import Type from 'typebox';
import { exactObject, oneOf } from '../schema.ts';
import { described, recipients, severities } from './words.ts';

const TimeOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' });
const Parts = Type.Array(oneOf(recipients), { maxItems: recipients.length, uniqueItems: true });
const days = (description: string) => Type.Integer({ minimum: 0, maximum: 60, description });

/** Who hears of an alert besides those its row names, and how long they have. Working days are those of England and Wales. */
export const Notices = exactObject(
  {
    answerDays: days('Working days a supervisor has for an answer.'),
    reminderDays: days('Working days after which a notice that nobody opened is sent once more.'),
    escalateDays: days('Working days after which a notice that nobody has confirmed goes up.'),
    escalateTo: described(
      'Who is told then besides the manager of the supervisor, and whenever there is no supervisor to tell.',
      Parts,
    ),
    critical: described('Who is told at once of everything critical.', Parts),
    urgentFrom: oneOf(severities, { description: 'From this severity on quiet hours do not hold a notice up.' }),
    quiet: exactObject(
      {
        from: described('When the office closes, London time: `18:00`.', TimeOfDay),
        to: described('When it opens.', TimeOfDay),
      },
      { description: 'Hours, besides days off, in which nothing goes out that can wait.' },
    ),
    digestAt: described('When the daily summary goes out on working days, London time.', TimeOfDay),
    tellPerson: Type.Boolean({
      description: 'Whether the person concerned is told by mail that a notice was sent, where their address is known.',
    }),
  },
  { description: 'Notices that are sent about alerts.' },
);
export type NoticeRules = Type.Static<typeof Notices>;

/** What holds where a policy says nothing of notices: nobody above is named, so ICT hears what nobody else does. */
export const usualNoticeRules: NoticeRules = {
  answerDays: 2,
  reminderDays: 1,
  escalateDays: 2,
  escalateTo: ['ict'],
  critical: ['ict'],
  urgentFrom: 'critical',
  quiet: { from: '18:00', to: '08:00' },
  digestAt: '08:30',
  tellPerson: false,
};
