import Type from 'typebox';
import { checker, exactObject, oneOf } from '#shared/schema.ts';
import { impacts, likelihoods } from './risk.ts';

/** How something is typed in. All of it may be left open: much is not known yet when an incident is written down. */
export type Field =
  | { kind: 'line' | 'text'; label: string; hint?: string }
  | { kind: 'moment'; label: string; hint?: string }
  | { kind: 'choice' | 'many'; label: string; hint?: string; options: Readonly<Record<string, string>> };

export interface Section {
  title: string;
  fields: Readonly<Record<string, Field>>;
}

const noNames = 'No names and no client details';
const scale = (words: readonly string[]) =>
  Object.fromEntries(words.map((word, index) => [`${index + 1}`, `${index + 1}: ${word}`])) as Record<
    '1' | '2' | '3' | '4' | '5',
    string
  >;
const bandWords = {
  none: 'None',
  '1-9': '1 to 9',
  '10-49': '10 to 49',
  '50-99': '50 to 99',
  '100-499': '100 to 499',
  '500+': '500 or more',
} as const;
const yesNo = { yes: 'Yes', no: 'No' } as const;

/** What an incident report holds (CCG 6.7 and focus 4.8), in the order of the report. */
export const sections = {
  what: {
    title: 'What happened',
    fields: {
      title: { kind: 'line', label: 'In a few words', hint: noNames },
      narrative: { kind: 'text', label: 'What happened', hint: `Facts only, and what is not known. ${noNames}` },
      kinds: {
        kind: 'many',
        label: 'What was affected',
        options: {
          confidentiality: 'Confidentiality: somebody may have seen what they should not',
          integrity: 'Integrity: something was changed',
          availability: 'Availability: something cannot be used',
        },
      },
      type: {
        kind: 'choice',
        label: 'Type',
        options: {
          'lost-device': 'Lost or stolen device',
          'unencrypted-media': 'Medium without encryption',
          'identifiable-media': 'Identifiable data on a medium',
          'local-data': 'Identifiable data on a computer',
          'unapproved-software': 'Software without approval',
          malware: 'Malicious software',
          tamper: 'Interference with protection',
          other: 'Other',
        },
      },
      nearMiss: { kind: 'choice', label: 'Was it a near miss?', options: yesNo },
    },
  },
  times: {
    title: 'Times',
    fields: {
      occurredFrom: { kind: 'moment', label: 'It began', hint: 'Empty: not known' },
      occurredTo: { kind: 'moment', label: 'It ended', hint: 'Empty: not known, or it goes on' },
      detected: { kind: 'moment', label: 'It was detected' },
      aware: {
        kind: 'moment',
        label: 'The organisation became aware',
        hint: 'When somebody could say with reasonable certainty that it happened. From then on 72 hours run',
      },
      reported: { kind: 'moment', label: 'It was reported to those responsible' },
      contained: { kind: 'moment', label: 'It was contained' },
    },
  },
  assets: {
    title: 'Assets affected or compromised',
    fields: {
      computers: { kind: 'text', label: 'Computers', hint: 'Asset tags or host names' },
      media: { kind: 'text', label: 'Media', hint: 'Labels and serial numbers' },
      systems: { kind: 'text', label: 'Systems', hint: 'For example SystmOne or ContrOCC' },
      owner: { kind: 'line', label: 'Information Asset Owner', hint: 'The role, or the area' },
      encryption: { kind: 'text', label: 'Encryption at that time' },
      recovered: {
        kind: 'choice',
        label: 'Recovered?',
        options: { yes: 'Yes', partly: 'In part', no: 'No', 'not-needed': 'Nothing was lost' },
      },
    },
  },
  people: {
    title: 'People and data',
    fields: {
      records: { kind: 'choice', label: 'Records, at most', options: bandWords },
      subjects: { kind: 'choice', label: 'People, at most', options: bandWords },
      categories: {
        kind: 'many',
        label: 'What data',
        options: {
          basic: 'Basic identifiers: name, address, date of birth, NHS number',
          health: 'Health and care',
          special: 'Other special categories',
          financial: 'Money',
          staff: 'About staff',
          vulnerable: 'About children or vulnerable adults',
        },
      },
      destination: { kind: 'text', label: 'Where the data went', hint: noNames },
    },
  },
  risk: {
    title: 'Initial risk assessment',
    fields: {
      likelihood: {
        kind: 'choice',
        label: 'How likely is it that people are affected?',
        options: scale(likelihoods),
      },
      impact: { kind: 'choice', label: 'How severe is the effect on them?', options: scale(impacts) },
      because: { kind: 'text', label: 'Why', hint: noNames },
    },
  },
  investigation: {
    title: 'Investigation conducted',
    fields: {
      steps: { kind: 'text', label: 'What was done, in steps' },
      interviews: { kind: 'text', label: 'Who was heard', hint: 'By role, not by name' },
      findings: { kind: 'text', label: 'What was found' },
    },
  },
  cause: {
    title: 'Root cause',
    fields: {
      why1: { kind: 'text', label: 'Why did it happen?' },
      why2: { kind: 'text', label: 'And why was that?' },
      why3: { kind: 'text', label: 'Why? (3)' },
      why4: { kind: 'text', label: 'Why? (4)' },
      why5: { kind: 'text', label: 'Why? (5)' },
      classes: {
        kind: 'many',
        label: 'Where the cause lies',
        options: { process: 'Process', people: 'People', technology: 'Technology', supplier: 'Supplier' },
      },
      rules: {
        kind: 'text',
        label: 'Rules that contributed',
        hint: 'Policy rules that were missing, unclear or in the way',
      },
    },
  },
  recovery: {
    title: 'Recovery and contingency',
    fields: {
      containment: { kind: 'text', label: 'How it was contained' },
      recovery: { kind: 'text', label: 'How things were put right' },
      continuity: { kind: 'text', label: 'How the service went on' },
      secondCopy: {
        kind: 'choice',
        label: 'Was a second copy found?',
        options: { yes: 'Yes', no: 'No', 'not-needed': 'No copy was needed' },
      },
    },
  },
  damage: {
    title: 'Damage and risk classification',
    fields: {
      harm: { kind: 'text', label: 'Harm that came of it', hint: noNames },
      residual: { kind: 'text', label: 'Risk that remains' },
      classification: {
        kind: 'choice',
        label: 'Final classification',
        options: {
          'near-miss': 'Near miss',
          low: 'Low',
          moderate: 'Moderate',
          high: 'High',
          serious: 'Serious, to be reported',
        },
      },
    },
  },
  form: {
    title: 'For the DSPT and ICO form',
    fields: {
      howFound: { kind: 'text', label: 'How you found out', hint: noNames },
      cyber: { kind: 'choice', label: 'Was it a cyber incident?', options: yesNo },
      consequences: { kind: 'text', label: 'What it may mean for the people', hint: noNames },
      measures: { kind: 'text', label: 'What you did, and will do', hint: noNames },
      delay: { kind: 'text', label: 'Why it is told late', hint: 'Only after the 72 hours' },
      contact: { kind: 'line', label: 'Whom they can ask', hint: 'A role and its telephone number' },
    },
  },
} as const satisfies Record<string, Section>;

export type SectionName = keyof typeof sections;
export const sectionNames = Object.keys(sections) as SectionName[];

type ValueOf<F> = F extends { kind: 'moment' }
  ? number | null
  : F extends { kind: 'many'; options: infer O }
    ? (keyof O)[]
    : F extends { kind: 'choice'; options: infer O }
      ? keyof O | ''
      : string;
/** What was typed into a section. Empty texts and null are "not known yet". */
export type SectionValues<N extends SectionName = SectionName> = {
  -readonly [K in keyof (typeof sections)[N]['fields']]: ValueOf<(typeof sections)[N]['fields'][K]>;
};
export type AllSections = { [N in SectionName]: SectionValues<N> };
/** The same without knowing which section it is, for forms and reports. */
export type Values = Readonly<Record<string, string | number | null | readonly string[]>>;

export function fieldsOf(name: SectionName): [name: string, field: Field][] {
  return Object.entries(sections[name].fields);
}

export const longestField = 8000;

function schemaOf(field: Field) {
  switch (field.kind) {
    case 'line':
      return Type.String({ maxLength: 255 });
    case 'text':
      return Type.String({ maxLength: longestField });
    case 'moment':
      return Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]);
    case 'choice':
      return oneOf(['', ...Object.keys(field.options)]);
    case 'many':
      return Type.Array(oneOf(Object.keys(field.options)), { maxItems: 16, uniqueItems: true });
  }
}

/** Makes the check of every section's values; takes a few milliseconds each, so that a module does it once when asked. */
export function sectionChecker(name: SectionName) {
  return checker(exactObject(Object.fromEntries(fieldsOf(name).map(([field, of]) => [field, schemaOf(of)]))));
}

/** A section in which nothing is known. */
export function emptySection<N extends SectionName>(name: N): SectionValues<N> {
  const blank = (field: Field) => (field.kind === 'moment' ? null : field.kind === 'many' ? [] : '');
  return Object.fromEntries(fieldsOf(name).map(([field, of]) => [field, blank(of)])) as SectionValues<N>;
}
