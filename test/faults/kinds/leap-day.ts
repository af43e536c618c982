import { clockCrossing } from './clock-crossing.ts';

export const leapDay = clockCrossing('leap-day', 'the hours around the 29th of February, and a year that has none', [
  '2028-02-29T00:00:00Z',
  '2028-03-01T00:00:00Z',
  '2027-03-01T00:00:00Z',
]);
