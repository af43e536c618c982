/**
 * What a figure rests on. `events`: what agents sent, so that anybody can count again from the signed events.
 * `connections`: when agents were last heard of. `rules`: what the alert rules found in events, and what people did about
 * it. `people`: what somebody recorded in this collector.
 */
export type Source = 'events' | 'connections' | 'rules' | 'people';

export const sourceWords: Readonly<Record<Source, string>> = {
  events: 'events of the agents',
  connections: 'connections of the agents',
  rules: 'alert rules and what was done about alerts',
  people: 'entries that people made',
};

interface Listed {
  label: string;
  source: Source;
}

const listed = <const K extends string>(source: Source, labels: Readonly<Record<K, string>>) =>
  Object.fromEntries(
    Object.entries<string>(labels).map(([id, label]) => [id, { label, source }]),
  ) as unknown as Readonly<Record<K, Listed>>;

/** How things stand at one moment. Their ids are what frameworks.yaml and the frozen months call them by: never rename one. */
export const stateList = {
  ...listed('connections', {
    'computers.active': 'Computers with an agent in use',
    'computers.reported': 'of these, heard of within three days',
    'computers.silent': 'of these, silent for more than three days',
    'computers.never': 'of these, enrolled and never heard of',
    'computers.retired': 'Computers retired from the register',
    'computers.policyCurrent': 'Computers that run the newest policy',
  }),
  ...listed('events', {
    'computers.portable': 'Portable computers',
    'computers.fixed': 'Computers that are not portable',
    'computers.portableUnknown': 'Computers of which it is not known whether they are portable',
    'computers.areasFailed': 'Computers where something that should be watched is not',
    'computers.drivesEncrypted': 'Computers with every drive encrypted',
    'computers.drivesPlain': 'Computers with a drive that is not encrypted',
    'computers.drivesUnknown': 'Computers whose encryption is not known',
    'computers.portablePlain': 'Portable computers with a drive that is not encrypted',
    'drives.all': 'Drives and swap spaces',
    'drives.encrypted': 'Drives encrypted',
    'drives.locked': 'Drives encrypted and locked',
    'drives.plain': 'Drives not encrypted',
    'drives.suspended': 'Drives with encryption suspended',
    'drives.unknown': 'Drives whose encryption is not known',
    'antivirus.good': 'Computers with antivirus at work',
    'antivirus.bad': 'Computers without antivirus at work',
    'antivirus.unknown': 'Computers whose antivirus is not known',
    'screen-lock.good': 'Computers whose screen locks by itself',
    'screen-lock.bad': 'Computers whose screen does not lock by itself',
    'screen-lock.unknown': 'Computers whose screen lock is not known',
    'os-support.good': 'Computers with a supported operating system',
    'os-support.bad': 'Computers with an operating system out of support',
    'os-support.unknown': 'Computers whose operating system support is not known',
    'firewall.good': 'Computers with a firewall at work',
    'firewall.bad': 'Computers without a firewall at work',
    'firewall.unknown': 'Computers whose firewall is not known',
    'media.seen': 'Removable storage media ever seen',
    'media.encrypted': 'Removable media encrypted (open or locked)',
    'media.plain': 'Removable media not encrypted, or with encryption suspended',
    'media.unknown': 'Removable media whose encryption is not known',
    'media.phones': 'Phones, cameras and music players ever seen',
    'software.titles': 'Software titles installed',
    'software.installs': 'Installations of software',
  }),
  ...listed('people', {
    'media.unregistered': 'Removable storage media seen that nobody issued',
    'media.issued': 'Media issued',
    'media.lost': 'Media reported lost',
    'media.returned': 'Media handed back',
    'media.retired': 'Media retired or destroyed',
    'media.neverSeen': 'Media issued and never seen',
    'software.approved': 'Titles approved',
    'software.tolerated': 'Titles tolerated for a time',
    'software.toleranceOver': 'Titles tolerated for longer than agreed',
    'software.disallowed': 'Titles disallowed, and installed',
    'software.undecided': 'Titles installed without approval, not decided',
    'software.unsupported': 'Titles out of support',
    'software.build': 'Titles that were there when the agent first looked',
    'licences.held': 'Titles with a number of seats on record',
    'licences.short': 'Titles installed more often than there are seats',
    'licences.over': 'Installations above the seats',
    'licences.ended': 'Licences that have ended',
    'network.unknown': 'Names on the network without an agent, unexplained',
    'accounts.inUse': 'Console accounts in use',
    'accounts.overdue': 'Console accounts whose review is overdue',
    'accounts.neverUsed': 'Console accounts in use that never signed in',
    'approvals.inForce': 'Approvals in force',
    'approvals.waiting': 'Requests that wait for a decision',
  }),
  ...listed('rules', {
    'alerts.open': 'Alerts not closed',
    'alerts.openGrave': 'Alerts not closed, high or critical',
  }),
} as const;

/** What happened in a stretch of days. They add up over days. */
export const countList = {
  ...listed('events', {
    'events.all': 'Events of the days',
    'events.media.attached': 'Connections of removable media and devices',
    'events.media.file-written': 'Files written to removable media',
    'events.media.file-inspected': 'Files on removable media looked into for identifiers',
    'events.media.scanned': 'Media looked at by an antivirus before use',
    'events.document.saved': 'Documents saved in watched places',
    'events.document.inspected': 'Documents on local disks looked into for identifiers',
    'events.software.installed': 'Titles installed',
    'events.software.updated': 'Titles updated',
    'events.software.removed': 'Titles removed',
    'events.drive.encryption-changed': 'Drives seen for the first time, or changed',
    'events.agent.tampered': 'Signs that an agent was tampered with',
    'events.events.lost': 'Times that an agent declared events as lost',
  }),
  ...listed('rules', {
    'alerts.opened': 'Alerts opened',
    'alerts.info': 'Alerts opened, information',
    'alerts.low': 'Alerts opened, low',
    'alerts.medium': 'Alerts opened, medium',
    'alerts.high': 'Alerts opened, high',
    'alerts.critical': 'Alerts opened, critical',
    'alerts.closed': 'Alerts closed',
  }),
  ...listed('people', {
    'approvals.requested': 'Permissions asked for',
    'approvals.granted': 'Permissions granted',
    'approvals.refused': 'Permissions refused',
    'codes.made': 'One-time codes read out',
    'media.reportedLost': 'Media newly reported lost',
    'accounts.reviewed': 'Console accounts reviewed',
    'accounts.removed': 'Console accounts removed at a review',
    'histories.opened': 'Times that the history of a named person was opened, each with a reason',
    'policies.published': 'Versions of the policy published',
  }),
} as const;

export type StateFigure = keyof typeof stateList;
export type CountFigure = keyof typeof countList;
export type FigureId = StateFigure | CountFigure;
export type StateFigures = Record<StateFigure, number>;
export type CountFigures = Record<CountFigure, number>;

export const stateIds = Object.keys(stateList) as StateFigure[];
export const countIds = Object.keys(countList) as CountFigure[];
export const figureList: Readonly<Record<FigureId, Listed>> = { ...stateList, ...countList };

export function isFigure(id: string): id is FigureId {
  return Object.hasOwn(figureList, id);
}
