import type { Migration } from 'kysely/migration';
import * as initial from './0001-initial.ts';
import * as registerAndApprovals from './0002-register-and-approvals.ts';
import * as policy from './0003-policy.ts';
import * as accountsAndPeople from './0005-accounts-and-people.ts';
import * as registers from './0006-registers.ts';
import * as triageRequestsDrafts from './0007-triage-requests-drafts.ts';
import * as consoleSpeed from './0008-console-speed.ts';
import * as notices from './0010-notices.ts';
import * as incidents from './0011-incidents.ts';
import * as reports from './0012-reports.ts';
import * as exportsAndDisclosures from './0013-exports.ts';
import * as retention from './0014-retention.ts';
import * as transparency from './0015-transparency.ts';
import * as selfCare from './0016-self-care.ts';
import * as alertsBySeverity from './0018-alerts-by-severity.ts';
import * as standingNotices from './0019-standing-notices.ts';
import * as openAlertsInOrder from './0020-open-alerts-in-order.ts';
import * as countedAlerts from './0021-counted-alerts.ts';

/** In order of their numbers; listed by hand, so that importing tells the whole history. */
export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-register-and-approvals': registerAndApprovals,
  '0003-policy': policy,
  '0005-accounts-and-people': accountsAndPeople,
  '0006-registers': registers,
  '0007-triage-requests-drafts': triageRequestsDrafts,
  '0008-console-speed': consoleSpeed,
  '0010-notices': notices,
  '0011-incidents': incidents,
  '0012-reports': reports,
  '0013-exports': exportsAndDisclosures,
  '0014-retention': retention,
  '0015-transparency': transparency,
  '0016-self-care': selfCare,
  '0018-alerts-by-severity': alertsBySeverity,
  '0019-standing-notices': standingNotices,
  '0020-open-alerts-in-order': openAlertsInOrder,
  '0021-counted-alerts': countedAlerts,
};
