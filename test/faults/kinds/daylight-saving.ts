import { clockCrossing } from './clock-crossing.ts';

export const daylightSaving = clockCrossing(
  'daylight-saving',
  'the hours in which London changes between winter and summer time',
  ['2027-03-28T01:00:00Z', '2027-10-31T00:00:00Z', '2027-10-31T01:00:00Z'],
);
