import Type from 'typebox';
import { exactObject } from '../schema.ts';
import { described } from './words.ts';

const TimeOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' });
const hours = (description: string) => Type.Integer({ minimum: 1, maximum: 2000, description });

/** When a computer that says nothing is missed. Working days are those of England and Wales. */
export const Silence = exactObject(
  {
    from: described('When the working day begins, London time: `08:00`.', TimeOfDay),
    to: described('When it ends.', TimeOfDay),
    hours: hours('Working hours without a word after which a computer is missed.'),
    portableHours: hours('The same for a portable one, which may be with somebody who is away.'),
    estatePercent: Type.Integer({
      minimum: 1,
      maximum: 100,
      description:
        'Share of the computers from which on their silence is told as one, for then the network is to blame.',
    }),
  },
  { description: 'Computers that were there and say nothing any more.' },
);
export type SilenceRules = Type.Static<typeof Silence>;

/** What holds where a policy says nothing of it: three working days, and two working weeks for portable computers. */
export const usualSilenceRules: SilenceRules = {
  from: '08:00',
  to: '18:00',
  hours: 30,
  portableHours: 100,
  estatePercent: 50,
};
