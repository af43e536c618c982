import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Decision, Outcome } from '#shared/policy/decision.ts';
import { sentence } from '../words.ts';
import { agentStory } from './agent.ts';
import { codeStory } from './code.ts';
import { documentStory } from './document.ts';
import { driveStory } from './drive.ts';
import { type Fact, factList, type Story } from './fact.ts';
import { bulkStory } from './identifiers.ts';
import { mediaStory } from './media.ts';
import { mediaFileStory } from './media-file.ts';
import { postureStory } from './posture.ts';
import { softwareStory } from './software.ts';

/** An event in plain words. A new kind does not compile until its family has words for it. */
export function storyOf(event: PortcullisEvent): Story {
  switch (event.kind) {
    case 'media.attached':
    case 'media.changed':
    case 'media.mounted':
    case 'media.unmounted':
    case 'media.removed':
    case 'media.decided':
    case 'media.scanned':
      return mediaStory(event);
    case 'media.file-written':
    case 'media.file-inspected':
    case 'media.file-not-inspected':
    case 'media.file-renamed':
    case 'media.file-deleted':
    case 'media.session':
      return mediaFileStory(event);
    case 'drive.encryption-changed':
    case 'drive.removed':
      return driveStory(event);
    case 'document.saved':
    case 'document.inspected':
    case 'documents.swept':
      return documentStory(event);
    case 'identifiers.bulk-reached':
      return bulkStory(event);
    case 'software.listed':
    case 'software.installed':
    case 'software.updated':
    case 'software.decided':
    case 'software.removed':
      return softwareStory(event);
    case 'posture.changed':
      return postureStory(event);
    case 'agent.started':
    case 'agent.stopped':
    case 'agent.updated':
    case 'agent.update-failed':
    case 'agent.tampered':
    case 'agent.coverage-changed':
    case 'agent.condition-changed':
    case 'inventory.recorded':
    case 'events.lost':
      return agentStory(event);
    case 'code.redeemed':
    case 'code.ended':
    case 'code.refused':
      return codeStory(event);
  }
}

/** Who was at work, as far as the operating system told. */
export function actorFacts({ actor }: PortcullisEvent): Fact[] {
  return factList({ 'Signed-in user': actor?.user, Program: actor?.process });
}

export const rightWords = {
  connect: 'Connect',
  read: 'Read',
  write: 'Write',
  execute: 'Run programs from it',
} as const;

export function decisionFacts(decision: Decision): Fact[] {
  // In report-only mode everything is allowed, so what it would have been is what there is to tell.
  const { connect, read, write, execute } =
    decision.mode === 'report' ? (decision.wouldHave ?? decision.rights) : decision.rights;
  const verdicts = { connect, read, write, execute };
  const named = (wanted: 'allow' | 'deny') =>
    Object.entries(rightWords)
      .filter(([right]) => verdicts[right as keyof typeof rightWords] === wanted)
      .map(([, words]) => words)
      .join(', ');
  return factList({
    Allowed: named('allow') || 'Nothing',
    Denied: named('deny') || 'Nothing',
    'Decided by': `${decision.ruleId} (${sentence(decision.tier).toLowerCase()}), policy version ${decision.policyVersion}`,
    Clause: decision.clause,
    Mode: decision.mode === 'report' ? 'Report only: recorded, nothing was stopped' : 'Enforced',
  });
}

const outcomes: Record<Outcome['state'], string> = {
  applied: 'Carried out',
  pending: 'Not carried out yet',
  failed: 'Could not be carried out',
  unsupported: 'Not possible on this computer',
};

export function outcomeFacts(outcome: Outcome): Fact[] {
  return factList({
    Result: outcomes[outcome.state],
    By: outcome.mechanism,
    Because: outcome.because,
    Took: outcome.milliseconds === undefined ? undefined : `${outcome.milliseconds.toLocaleString('en-GB')} ms`,
  });
}
