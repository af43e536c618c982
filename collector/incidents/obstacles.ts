import type { IncidentStep } from './life-cycle.ts';
import type { AllSections } from './sections.ts';

/** What has to be known about an incident before each step. */
export interface StepFacts {
  sections: AllSections;
  recommendations: readonly { status: 'open' | 'done' | 'withdrawn' }[];
  /** Bodies about whom a decision was written down. */
  decided: readonly string[];
}

/**
 * What has to be done before a step can be taken, each as a sentence that says how; empty when nothing stands in the
 * way. Pure.
 */
export function obstacles(step: IncidentStep, { sections, recommendations, decided }: StepFacts): string[] {
  const { what, times, people, risk, investigation, cause, recovery, damage } = sections;
  switch (step) {
    case 'confirm':
      return missing([
        [what.type !== '', 'Say what type of incident it is.'],
        [times.aware !== null, 'Write down when the organisation became aware.'],
        [
          risk.likelihood !== '' && risk.impact !== '',
          'Assess the initial risk: it says by when the investigation is due.',
        ],
      ]);
    case 'submit':
      return missing([
        [what.narrative !== '', 'Describe what happened.'],
        [what.kinds.length > 0, 'Say what was affected.'],
        [people.subjects !== '', 'Say how many people it may concern, or none.'],
        [investigation.steps !== '' && investigation.findings !== '', 'Describe the investigation and its findings.'],
        [cause.why1 !== '' && cause.classes.length > 0, 'Name the root cause and where it lies.'],
        [recovery.containment !== '', 'Describe how it was contained.'],
        [
          damage.harm !== '' && damage.classification !== '',
          'Describe the harm, or that there was none, and classify it.',
        ],
        [recommendations.length > 0, 'Make at least one recommendation.'],
        [decided.includes('ico'), 'Write down whether the ICO is told, and why.'],
      ]);
    case 'close':
      return missing([
        [recommendations.every(({ status }) => status !== 'open'), 'Finish or withdraw every recommendation.'],
        [decided.includes('data-subjects'), 'Write down whether the people concerned are told, and why.'],
      ]);
    case 'dismiss':
    case 'assign':
    case 'return':
    case 'approve':
    case 'reopen':
      return [];
  }
}

function missing(needs: readonly (readonly [isThere: boolean, otherwise: string])[]): string[] {
  return needs.filter(([isThere]) => !isThere).map(([, otherwise]) => otherwise);
}
