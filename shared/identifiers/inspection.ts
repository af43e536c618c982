import Type from 'typebox';
import { Count, exactObject, oneOf, Text } from '../schema.ts';

/** Kinds of identifier that are counted. `localReference`: a pattern of the site's own, from the policy. */
export const identifierNames = [
  'nhsNumber',
  'chi',
  'hscNumber',
  'niNumber',
  'postcode',
  'dateOfBirth',
  'localReference',
] as const;
export type IdentifierName = (typeof identifierNames)[number];

/**
 * How sure the detector is. Only `high` may ever notify; `low` is counted and no more; `test` is of a range that is
 * never issued, shown so that a drill can be seen and harms nobody.
 */
export const tiers = ['high', 'medium', 'low', 'test'] as const;
export type Tier = (typeof tiers)[number];

/** Distinct identifiers of one kind in one file. */
export const TierCounts = exactObject({ high: Count, medium: Count, low: Count, test: Count });
export type TierCounts = Type.Static<typeof TierCounts>;

/** What leaves the computer in place of exact numbers of people. */
export const bands = ['none', '1-9', '10-49', '50-99', '100-499', '500+'] as const;
export type Band = (typeof bands)[number];

/** `not-inspectable`: no way to read this format is known. `failed`: there is one, and it did not work out. */
export const inspectionStatuses = ['inspected', 'encrypted', 'not-inspectable', 'too-large', 'failed'] as const;
export type InspectionStatus = (typeof inspectionStatuses)[number];

const identifierCounts = Object.fromEntries(identifierNames.map((name) => [name, Type.Optional(TierCounts)])) as Record<
  IdentifierName,
  Type.TOptional<typeof TierCounts>
>;

/** What was found in one file: counts and never the identifiers, nor any text. */
export const Inspection = exactObject({
  /** Name and version of the detector, so that counts of different ones are not compared: `portcullis-1`. */
  detector: Text,
  status: oneOf(inspectionStatuses),
  /** Why it was not inspected, or not whole, in plain words without anything of the file. */
  reason: Type.Optional(Text),
  /** Kinds of which there are any. Absent when the file was not inspected. */
  identifiers: Type.Optional(exactObject(identifierCounts)),
  /** By distinct `high` identifiers of people, with `test` ones in a drill. Absent when the file was not inspected. */
  band: Type.Optional(oneOf(bands)),
});
export type Inspection = Type.Static<typeof Inspection>;

/** The band a number of distinct identifiers falls into. */
export function bandOf(count: number): Band {
  if (count < 1) return 'none';
  if (count < 10) return '1-9';
  if (count < 50) return '10-49';
  if (count < 100) return '50-99';
  return count < 500 ? '100-499' : '500+';
}
