import { addWorkingDays } from '../calendar/working-days.ts';

/** The steps of both scales, 1 to 5. Organisations have words of their own; these are the plain ones. */
export const likelihoods = ['Very unlikely', 'Unlikely', 'Possible', 'Likely', 'Very likely, or it happened'] as const;
export const impacts = ['None', 'Minor', 'Moderate', 'Serious', 'Catastrophic'] as const;

export const riskLevels = ['low', 'moderate', 'high', 'very-high'] as const;
export type RiskLevel = (typeof riskLevels)[number];

/** From which score a level holds, and how many working days its investigation may take. */
const levels: Record<RiskLevel, { from: number; workingDays: number; words: string }> = {
  low: { from: 1, workingDays: 20, words: 'Low' },
  moderate: { from: 5, workingDays: 10, words: 'Moderate' },
  high: { from: 10, workingDays: 5, words: 'High' },
  'very-high': { from: 15, workingDays: 2, words: 'Very high' },
};

/** @param score likelihood times impact, 1 to 25. Pure. */
export function riskLevel(score: number): RiskLevel {
  return riskLevels.findLast((level) => score >= levels[level].from) ?? 'low';
}

/** `High (12 of 25)`. */
export function riskWords(score: number): string {
  return `${levels[riskLevel(score)].words} (${score} of 25)`;
}

export function workingDaysFor(score: number): number {
  return levels[riskLevel(score)].workingDays;
}

/** By when the investigation is to be done. @param from milliseconds since 1970, when it was confirmed. Pure. */
export function investigationDue(from: number, score: number): number {
  return addWorkingDays(from, workingDaysFor(score));
}

/**
 * Whether the scales by themselves suggest telling the ICO: at least likely, and at least a minor effect on people. A
 * person decides, and writes down why.
 */
export function suggestsReport(likelihood: number, impact: number): boolean {
  const likely = 4;
  const minor = 2;
  return likelihood >= likely && impact >= minor;
}
