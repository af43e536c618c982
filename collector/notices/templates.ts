import { InvalidError } from '#shared/errors.ts';
import { meant } from '#shared/policy/fault.ts';

/** What a message can be about. */
export const templateNames = [
  'action',
  'information',
  'reminder',
  'overdue',
  'escalation',
  'person',
  'digest',
] as const;
export type TemplateName = (typeof templateNames)[number];

export const templateTitles: Readonly<Record<TemplateName, string>> = {
  action: 'To whom an answer is asked of',
  information: 'To those who are told besides',
  reminder: 'Reminder, when nobody opened it',
  overdue: 'Reminder, when the answer is late',
  escalation: 'To those above, when nobody confirmed having read it',
  person: 'To the person concerned',
  digest: 'Daily summary',
};

/** What can stand between `{{` and `}}`. There is none for names of people, files, serial numbers or data: mail is not for them. */
export const placeholders = {
  reference: 'Number of the notice, for the telephone',
  ask: '“Urgent action needed”, “Action needed” or “For information”',
  severity: 'How serious it is, in a word',
  matter: 'Title of the alert rule',
  computer: 'Name of the computer',
  when: 'When it was first recorded, by the clock in London with its distance from UTC',
  times: 'How often it was recorded',
  clause: 'Number of the clause',
  'clause-says': 'What the clause asks, as the policy in force then words it',
  policy: 'Title of the policy',
  did: 'What the system did',
  'not-known': 'What the record does not tell',
  steps: 'The three steps of an answer',
  deadline: 'Until when an answer is asked for',
  why: 'Why it came to this reader',
  link: 'Address of the notice, behind the sign-in',
  'read-link': 'Address that confirms “I have read this” and shows nothing',
  'side-link': 'Address where the person concerned can write their side, without a sign-in',
  'told-too': 'Who else was told, by their parts',
  'kept-for': 'How long the record is kept',
  'ask-whom': 'Who answers questions',
  organisation: 'Name of the organisation',
  items: 'The list of a summary',
  count: 'How many matters a summary lists',
} as const satisfies Record<string, string>;
export type Placeholder = keyof typeof placeholders;

const digestOnly: readonly Placeholder[] = ['items', 'count'];
const inDigest: readonly Placeholder[] = [...digestOnly, 'organisation', 'link', 'ask-whom', 'kept-for', 'ask'];

/** What a template may hold: a summary is about many matters, so nothing of a single one. */
export function placeholdersOf(name: TemplateName): readonly Placeholder[] {
  if (name === 'digest') return inDigest;
  return (Object.keys(placeholders) as Placeholder[]).filter(
    (word) => !digestOnly.includes(word) && (word !== 'side-link' || name === 'person'),
  );
}

/** Subject and text of a message, before and after filling in. The text has paragraphs with blank lines between. */
export interface Template {
  subject: string;
  body: string;
}

const footer = `You get this because {{why}}. Also told: {{told-too}}. The record is kept for {{kept-for}}. Questions: {{ask-whom}}.
{{reference}}, {{organisation}}`;

const tone = `This is what the computer recorded. It may have an innocent reason. It is not an accusation and not a disciplinary finding.`;

const facts = `What happened: {{matter}}, recorded {{times}} on {{computer}}, first on {{when}}.
What the system did: {{did}}
The rule: {{clause}} of the {{policy}}. {{clause-says}}
What is not known: {{not-known}}`;

export const shippedTemplates: Readonly<Record<TemplateName, Template>> = {
  action: {
    subject: '{{ask}}: {{matter}} on {{computer}} ({{severity}} severity)',
    body: `Something was recorded that you are asked to look into as a supervisor.

${facts}

What to do, by {{deadline}}:
{{steps}}

See the details and answer (you sign in first):
{{link}}

No time just now? Say at least that you have read this:
{{read-link}}

${tone} Hear the person before you judge; they can add their side, and you can write it down with your answer.

${footer}`,
  },
  information: {
    subject: 'For your information: {{matter}} on {{computer}} ({{severity}} severity)',
    body: `You are told of this under the policy. Whoever supervises the work has been asked for an answer; your part may ask more of you.

${facts}

See what your role may see (you sign in first):
{{link}}

${tone}

${footer}`,
  },
  reminder: {
    subject: 'Reminder: {{matter}} on {{computer}} ({{severity}} severity)',
    body: `A notice of one working day ago has not been opened yet.

${facts}

An answer is asked for by {{deadline}}. If nobody confirms having read it, it goes to those above you.

See the details and answer (you sign in first):
{{link}}

Say that you have read this:
{{read-link}}

${tone}

${footer}`,
  },
  overdue: {
    subject: 'Answer is late: {{matter}} on {{computer}} ({{severity}} severity)',
    body: `Thank you for having read this notice. Its answer was asked for by {{deadline}} and is not there yet.

${facts}

Answer here (you sign in first):
{{link}}

${footer}`,
  },
  escalation: {
    subject: 'Not confirmed by the supervisor: {{matter}} on {{computer}} ({{severity}} severity)',
    body: `A notice was sent, and nobody confirmed having read it in time. Please see that somebody takes it up; there may be a good reason for the silence.

${facts}

See the details and answer (you sign in first):
{{link}}

Say that you have read this:
{{read-link}}

${tone}

${footer}`,
  },
  person: {
    subject: 'A record was made of something on {{computer}}',
    body: `Something was recorded while you were signed in to {{computer}}, and a notice of it was sent. You are told so that you know, and can say how it was.

${facts}

Write your side, if you want to. Whoever looks into it will read it:
{{side-link}}

${tone}

You need not do anything. You may ask to see what is recorded about you. {{ask-whom}} tells you how. The record is kept for {{kept-for}}.
{{reference}}, {{organisation}}`,
  },
  digest: {
    subject: 'Device control: {{count}} to know of',
    body: `Recorded since the last summary. None of these asks for an answer; together they may tell you something about how work is done.

{{items}}

See them (you sign in first):
{{link}}

This is what computers recorded. It may have innocent reasons. The record is kept for {{kept-for}}. Questions: {{ask-whom}}.
{{organisation}}`,
  },
};

const hole = /\{\{([^{}]*)\}\}/g;

/** Puts values in the place of `{{words}}`, and does nothing else: a template is text and never runs. Pure. */
export function fill({ subject, body }: Template, values: Partial<Record<Placeholder, string>>): Template {
  const filled = (text: string) =>
    text.replace(hole, (_whole, word: string) => values[word.trim() as Placeholder] ?? '');
  return { subject: filled(subject).replaceAll(/\s+/g, ' ').trim(), body: filled(body) };
}

const longestSubject = 200;
const longestBody = 8000;

/** @throws InvalidError naming the first word that is none, and the one that may have been meant */
export function checkTemplate(name: TemplateName, { subject, body }: Template): void {
  if (subject.trim() === '' || body.trim() === '') throw new InvalidError('A template has a subject and a text.');
  if (/[\r\n]/.test(subject)) throw new InvalidError('The subject is one line.');
  if (subject.length > longestSubject) throw new InvalidError(`The subject has at most ${longestSubject} characters.`);
  if (body.length > longestBody) throw new InvalidError(`The text has at most ${longestBody} characters.`);
  const known = placeholdersOf(name);
  for (const text of [subject, body]) {
    for (const [, word = ''] of text.matchAll(hole)) checkWord(word.trim(), known);
    if (/\{\{|\}\}/.test(text.replace(hole, ''))) {
      throw new InvalidError('A "{{" has no "}}" after it, or the other way round.');
    }
  }
  const needed = name === 'digest' ? 'items' : name === 'person' ? 'side-link' : 'link';
  if (![...body.matchAll(hole)].some(([, word = '']) => word.trim() === needed)) {
    throw new InvalidError(`The text has to hold {{${needed}}}: without it the reader cannot go on.`);
  }
}

function checkWord(word: string, known: readonly string[]): void {
  if (known.includes(word)) return;
  throw new InvalidError(`There is no {{${word.slice(0, 40)}}} here${meant(word, known) || '.'}`);
}

/** Mail as HTML: the same text, paragraph by paragraph, with its addresses as links. Everything else is escaped. Pure. */
export function htmlOf({ subject, body }: Template): string {
  const paragraphs = body
    .replaceAll('\r\n', '\n')
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.trim().split('\n').map(lineHtml).join('<br>\n')}</p>`);
  const head = `<meta charset="utf-8"><title>${escaped(subject)}</title>`;
  return `<!DOCTYPE html>\n<html lang="en"><head>${head}</head><body>\n${paragraphs.join('\n')}\n</body></html>\n`;
}

function lineHtml(line: string): string {
  return /^https:\/\/\S+$/.test(line.trim())
    ? `<a href="${escaped(line.trim())}">${escaped(line.trim())}</a>`
    : escaped(line);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
