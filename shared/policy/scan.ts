import Type from 'typebox';
import { deviceClasses } from '../device/facts.ts';
import { exactObject, oneOf } from '../schema.ts';

const outcomes = ['refuse', 'read-only', 'allow-and-record'] as const;

/** What is done about a medium until, and after, an antivirus has looked at it. Rights are never widened by it. */
export const ScanBeforeUse = exactObject(
  {
    classes: Type.Array(oneOf(deviceClasses), {
      uniqueItems: true,
      description: 'Classes of device whose media are scanned before they may be used.',
    }),
    until: oneOf(['no-access', 'read-only'], { description: 'What is left of it until the scan has ended.' }),
    whenInfected: oneOf(outcomes, { description: 'What becomes of it when something was found on it.' }),
    whenNoScanner: oneOf(outcomes, {
      description:
        'What becomes of it when it could not be scanned whole: no antivirus, too late, or unreadable files.',
    }),
    maxMinutes: Type.Integer({ minimum: 1, maximum: 240, description: 'A scan that takes longer counts as none.' }),
  },
  { description: 'Scan before use: media wait for the antivirus.' },
);
export type ScanBeforeUse = Type.Static<typeof ScanBeforeUse>;
export type ScanConsequence = (typeof outcomes)[number];
