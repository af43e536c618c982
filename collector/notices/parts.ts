import { sentence } from '../console/words.ts';
import type { Routed } from './supervisor.ts';

const words: Partial<Record<string, string>> = {
  supervisor: 'supervisor',
  ict: 'ICT',
  iao: 'Information Asset Owner',
  'ig-lead': 'IG lead',
  'ig-team': 'IG team',
  siro: 'SIRO',
  'head-of-business-and-governance': 'Head of Business and Governance',
  'caldicott-guardian': 'Caldicott Guardian',
  manager: 'manager of the supervisor',
  person: 'person concerned',
};

/** A part as people read it within a sentence. */
export function partWords(part: string): string {
  return words[part] ?? sentence(part);
}

const routed: Readonly<Record<Routed, string>> = {
  supervisor: 'you supervise the team of the person concerned',
  deputy: 'the supervisor is away and you are the deputy',
  manager: 'the supervisor is away, has no deputy, and answers to you',
  'nobody-above': 'the person concerned is the supervisor, and nobody above is in the register',
  'all-away': 'everybody who could answer is away',
  'no-supervisor': 'the person concerned has no supervisor in the register',
  'unknown-person': 'it is not known whose account was signed in',
};

/** Why a notice came to whom it came to, after "because". */
export function routeWords(word: string): string {
  return routed[word as Routed] ?? 'the policy names you';
}
