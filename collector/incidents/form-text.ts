import { moment } from '../console/words.ts';
import { bodies, isBody } from './decisions.ts';
import { notKnown, valueWords } from './incident-words.ts';
import { withoutNames } from './personal-data.ts';
import type { IncidentRecord } from './record.ts';
import { likelihoods } from './risk.ts';
import { sections, type Values } from './sections.ts';

/** One part of the form, ready to be copied. */
export interface TextBlock {
  id: string;
  title: string;
  text: string;
}

/**
 * What the DSPT incident tool and the ICO's form ask for, in their order. Names of the people concerned are taken out:
 * the form asks for none.
 * @param names who is concerned, in every spelling that is known. Pure.
 */
export function formText(record: IncidentRecord, names: readonly string[]): TextBlock[] {
  const { row, values, clock, decisions } = record;
  const say = (section: keyof typeof sections, field: string) => {
    const of = Object.entries(sections[section].fields).find(([name]) => name === field)?.[1];
    return of ? valueWords(of, (values[section] as Values)[field]) : notKnown;
  };
  const told = decisions
    .filter(({ body }) => body !== 'ico' && body !== 'dspt')
    .map((one) => {
      return `${isBody(one.body) ? bodies[one.body] : one.body}: ${one.told === 1 ? 'yes' : 'no'}`;
    });
  const reported = decisions.find(
    ({ body, told: yes, reference }) => (body === 'ico' || body === 'dspt') && yes === 1 && reference,
  );
  const lines = (...parts: readonly (readonly [string, string])[]) =>
    parts.map(([what, text]) => `${what}: ${text}`).join('\n');
  const blocks: TextBlock[] = [
    {
      id: 'report',
      title: '1. About this report',
      text: lines(
        ['Report', reported ? `follow-up to ${reported.reference}` : 'first report'],
        ['Our number', row.number],
        ['Organisation', row.organisation || notKnown],
      ),
    },
    {
      id: 'breach',
      title: '2. About the breach',
      text: lines(
        ['What happened', say('what', 'narrative')],
        ['What was affected', say('what', 'kinds')],
        ['How we found out', say('form', 'howFound')],
        ['When it happened', `${say('times', 'occurredFrom')} to ${say('times', 'occurredTo')}`],
        ['When we became aware', say('times', 'aware')],
        [
          'Delay',
          clock.state === 'over' || /after the end/.test(clock.words) ? say('form', 'delay') : 'Within 72 hours',
        ],
        ['Cyber incident', say('form', 'cyber')],
      ),
    },
    {
      id: 'data',
      title: '3. Data and people',
      text: lines(
        ['Categories of data', say('people', 'categories')],
        ['Number of records', say('people', 'records')],
        ['Number of people', say('people', 'subjects')],
        ['Where the data went', say('people', 'destination')],
        ['Encryption at that time', say('assets', 'encryption')],
      ),
    },
    {
      id: 'consequences',
      title: '4. Consequences',
      text: lines(
        ['What it may mean for the people', say('form', 'consequences')],
        ['How likely', likelihoods[Number(values.risk.likelihood) - 1] ?? notKnown],
        ['How severe', say('risk', 'impact')],
        ['Harm so far', say('damage', 'harm')],
      ),
    },
    {
      id: 'action',
      title: '5. What was done',
      text: lines(
        ['Contained', say('recovery', 'containment')],
        ['Measures', say('form', 'measures')],
        ['Also told', told.join('; ') || notKnown],
        ['To prevent it', record.recommendations.map(({ action }) => action).join('; ') || notKnown],
      ),
    },
    {
      id: 'about-us',
      title: '6. About us',
      text: lines(['Contact', say('form', 'contact')], ['Written', moment(row.opened_at).words]),
    },
  ];
  return blocks.map((block) => ({ ...block, text: withoutNames(block.text, names, '[member of staff]') }));
}
