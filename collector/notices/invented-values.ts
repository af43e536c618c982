import { steps } from './message.ts';
import type { Placeholder } from './templates.ts';

/** Something for every placeholder, for a preview. Nobody and nothing in it is real. */
export function inventedValues(organisation: string): Record<Placeholder, string> {
  return {
    reference: 'N-12',
    ask: 'Action needed',
    severity: 'medium',
    matter: 'Unencrypted removable medium in use',
    computer: 'EXAMPLE-LT-014',
    when: '21 November 2026, 8:15pm (UTC+0)',
    times: '3 times',
    clause: 'focus 3.6',
    'clause-says': 'Supported removable media are encrypted.',
    policy: 'Information Security Policy',
    did: 'It was recorded. Nothing was stopped: at present the policy only records.',
    'not-known': 'why it happened, and who sat at the computer.',
    steps: steps.map((step, index) => `${index + 1}. ${step}`).join('\n'),
    deadline: '24 November 2026, 8:15am',
    why: 'you supervise the team of the person concerned',
    link: 'https://collector.example/notices/example',
    'read-link': 'https://collector.example/notice-link?token=example',
    'side-link': 'https://collector.example/notice-link?token=example',
    'told-too': 'ICT',
    'kept-for': '395 days',
    'ask-whom': 'The service desk',
    organisation,
    items: '- N-12: Removable medium connected, EXAMPLE-LT-014, once, last on 21 November 2026, 8:15pm',
    count: '1 matter',
  };
}
