import Type from 'typebox';
import { Inspection } from '../identifiers/inspection.ts';
import { oneOf, Text } from '../schema.ts';

/** Parts of the events that tell what was found in a file. */
export const findings = {
  inspection: Inspection,
  /** Numbers of the range that is never issued were counted as if they were people's, because the policy runs a drill. */
  drill: Type.Boolean(),
  /** The distinct identifiers in this one file reach the policy's `bulkFrom`. */
  isBulk: Type.Boolean(),
  /**
   * Whether this computer lately opened or saved the same content in a shared place. `unknown`: it may have without
   * the agent seeing it. `no` never means that there is no other copy.
   */
  seenOnShared: oneOf(['yes', 'no', 'unknown']),
};

/** Whether an approval of that moment covers it. `unknown`: this computer was not told of approvals yet. */
export const authorisation = {
  authorisation: oneOf(['approved', 'none', 'unknown']),
  /** The approval, where there is one. */
  approval: Type.Optional(Text),
};
export type Authorisation = 'approved' | 'none' | 'unknown';

export const findingsExample = {
  inspection: {
    detector: 'portcullis-1',
    status: 'inspected' as const,
    identifiers: { nhsNumber: { high: 60, medium: 0, low: 0, test: 0 } },
    band: '50-99' as const,
  },
  drill: false,
  isBulk: true,
  seenOnShared: 'unknown' as const,
};
