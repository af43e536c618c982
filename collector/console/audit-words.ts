import type { AuditAction } from '../accounts/audit.ts';
import { sentence } from './words.ts';

const words: Partial<Record<AuditAction, string>> = {
  'page.viewed': 'Opened a page',
  'alert.viewed': 'Opened an alert',
  'computer.viewed': 'Opened a computer',
  'incident.viewed': 'Opened an incident',
  'incident.exported': 'Exported the evidence of an incident',
  'person.viewed': 'Opened a person',
  'person.history-opened': 'Opened the history of a person',
  'person.changed': 'Changed a person',
  'people.imported': 'Imported people',
  'people.exported': 'Exported people',
  'person.absence': 'Changed when a person is away',
  'notice.viewed': 'Opened a notice',
  'notice.acknowledged': 'Confirmed having read a notice',
  'notice.answered': 'Answered a notice',
  'notice.side': 'Added what the person concerned says',
  'notice.resent': 'Sent a message again',
  'notice.bounced': 'Said that a mail came back',
  'notice.template': 'Changed the text of a mail',
  'sign-in.succeeded': 'Signed in',
  'sign-in.failed': 'Failed to sign in',
  'sign-in.refused': 'Was refused at single sign-on',
  'sign-out': 'Signed out',
  'session.ended': 'Ended sessions',
  'account.reviewed': 'Reviewed an account',
  'export.paused': 'Paused an export',
  'export.resumed': 'Resumed an export',
  'export.tested': 'Sent a test to an export',
  'disclosure.prepared': 'Prepared a disclosure',
  'disclosure.viewed': 'Opened a disclosure',
  'disclosure.approved': 'Approved a disclosure',
  'disclosure.refused': 'Refused a disclosure',
  'disclosure.copied': 'Made a copy of a disclosure',
  'hold.placed': 'Put something on hold',
  'hold.released': 'Released a hold',
  'go-live.recorded': 'Recorded a step before enrolment',
  'person.exported': 'Exported what is recorded about a person',
  'break-glass.used': 'Signed in with the sealed account',
  'break-glass.made': 'Sealed the emergency account',
  'report.issued': 'Made a report',
  'report.opened': 'Opened a report',
  'report.scheduled': 'Changed when a report is made',
  'password.reported': 'Reported that a password may be known',
};

/** `Opened an alert` for `alert.viewed`. */
export function auditWords(action: string): string {
  return words[action as AuditAction] ?? sentence(action);
}
