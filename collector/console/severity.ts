import type { AlertState } from '../alerting/alert-filter.ts';
import { sentence } from './words.ts';

/** Text and colour of a tag. The text says everything; the colour only helps the eye. */
export interface Tag {
  text: string;
  colour: string;
}

const colours: Partial<Record<string, string>> = {
  critical: 'red',
  high: 'orange',
  medium: 'yellow',
  low: 'blue',
};

export function severityTag(severity: string): Tag {
  return { text: sentence(severity), colour: colours[severity] ?? 'grey' };
}

export const stateWords: Record<AlertState, string> = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  closed: 'Closed',
};
