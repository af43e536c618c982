import Type from 'typebox';
import { exactObject, oneOf, Text } from '../schema.ts';
import { kind } from './event.ts';

export const softwareSources = [
  'dpkg',
  'rpm',
  'snap',
  'flatpak',
  'appimage',
  'executable',
  'windows',
  'appx',
  'macos',
  'pkg',
] as const;

/** One installed title. Name and version come from package data and are cleaned, not trusted. */
export const Software = exactObject({
  source: oneOf(softwareSources),
  name: Text,
  version: Text,
  publisher: Type.Optional(Text),
  architecture: Type.Optional(Text),
});
export type Software = Type.Static<typeof Software>;

/** `baseline`: it was there when the agent first looked, so it is part of the computer's build. */
const Approval = oneOf(['approved', 'unapproved']);
/** Why: the list of the policy, what the register of software says of the title, or a request that was granted. */
export const softwareReasons = [
  'request',
  'disallowed',
  'tolerated',
  'tolerance-over',
  'unsupported',
  'register',
  'list',
] as const;
const judged = {
  approval: Approval,
  because: Type.Optional(oneOf(softwareReasons)),
  /** Number of the request that was granted. */
  request: Type.Optional(Text),
};
const example = { source: 'dpkg' as const, name: 'hello', version: '2.10-3', architecture: 'amd64' };

export const softwareKinds = {
  'software.listed': kind({
    description: 'What was installed when the agent first looked: the baseline, in parts of up to 200 titles.',
    priority: 'security',
    data: exactObject({
      source: oneOf(softwareSources),
      part: Type.Integer({ minimum: 1 }),
      parts: Type.Integer({ minimum: 1 }),
      software: Type.Array(Software, { maxItems: 200 }),
    }),
    example: { source: 'dpkg', part: 1, parts: 1, software: [example] },
  }),
  'software.installed': kind({
    description: 'A title appeared that was not there before.',
    priority: 'security',
    data: exactObject({ software: Software, ...judged }),
    example: { software: example, approval: 'unapproved', because: 'list' },
  }),
  'software.updated': kind({
    description: 'A title changed its version.',
    priority: 'routine',
    data: exactObject({ software: Software, previousVersion: Text, ...judged }),
    example: { software: example, previousVersion: '2.10-2', approval: 'approved' },
  }),
  'software.decided': kind({
    description:
      'What is said of an installed title turned, without its being installed anew: a standing, a request or a policy.',
    priority: 'security',
    data: exactObject({ software: Software, ...judged }),
    example: { software: example, approval: 'unapproved', because: 'disallowed' },
  }),
  'software.removed': kind({
    description: 'A title that was installed is gone.',
    priority: 'routine',
    data: exactObject({ software: Software }),
    example: { software: example },
  }),
};
export const softwarePartSize: number = 200;
