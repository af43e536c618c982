import Type from 'typebox';
import { LocalReference } from '../identifiers/local-reference.ts';
import { exactObject } from '../schema.ts';
import type { Policy } from './schema.ts';

const megabyte = 1024 * 1024;

/** What holds where the policy does not say. */
const usual = { drill: false, cpuShare: 25, maxFileBytes: 256 * megabyte };

export const Identifiers = exactObject(
  {
    bulkFrom: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      description: 'Distinct identifiers in one file, or by one user in a day, from which a transfer is bulk.',
    }),
    drill: Type.Optional(
      Type.Boolean({
        default: usual.drill,
        description:
          'Numbers of the range that is never issued count as if they were of people, so that the whole way from file to alert can be rehearsed.',
      }),
    ),
    localReferences: Type.Optional(
      Type.Array(LocalReference, {
        maxItems: 20,
        description: "Patterns of the site's own references, counted as identifiers of people.",
      }),
    ),
    cpuShare: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: usual.cpuShare,
        description:
          'Per cent of one processor that looking into files may take. What has to wait shows in the health.',
      }),
    ),
    maxFileBytes: Type.Optional(
      Type.Integer({
        minimum: megabyte,
        maximum: 16 * 1024 * megabyte,
        default: usual.maxFileBytes,
        description: 'Files larger than this are not looked into, and that is told of them.',
      }),
    ),
    sweep: Type.Optional(
      exactObject(
        {
          everyHours: Type.Integer({
            minimum: 1,
            maximum: 24 * 90,
            description: 'Hours from the end of one sweep to the beginning of the next.',
          }),
          onBattery: Type.Boolean({ description: 'Whether it goes on while the computer runs on its battery.' }),
        },
        {
          description:
            'Goes through the documents on local disks, little by little, and counts what lies there. Absent: it does not.',
        },
      ),
    ),
  },
  { description: 'Identifiers of people in documents.' },
);
type Identifiers = Type.Static<typeof Identifiers>;

export type IdentifierSettings = Identifiers & Required<Pick<Identifiers, 'drill' | 'cpuShare' | 'maxFileBytes'>>;

/** What holds on a computer, with a policy or before the first one. */
export function identifierSettings(policy: Policy | null): IdentifierSettings {
  return { bulkFrom: 50, ...usual, ...policy?.identifiers };
}
