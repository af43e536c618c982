/*
 * What the registers keep beside the events, so that no page has to walk through them: for each computer, device and
 * title the newest facts, written in the transaction that stores the events they come from.
 */
export interface RegisterTables {
  seen_devices: SeenDevicesTable;
  seen_device_places: SeenDevicePlacesTable;
  computer_drives: ComputerDrivesTable;
  computer_posture: ComputerPostureTable;
  computer_users: ComputerUsersTable;
  software_titles: SoftwareTitlesTable;
  software_installs: SoftwareInstallsTable;
  daily_counts: DailyCountsTable;
  asset_details: AssetDetailsTable;
  network_names: NetworkNamesTable;
  software_standings: SoftwareStandingsTable;
  upkeep: UpkeepTable;
  /** A view: every device that was seen, with what the register of issued media says, and issued media never seen. */
  media_register: MediaRegisterView;
}

/** Written by register/devices-seen.ts: one row for each physical device that was ever connected. */
export interface SeenDevicesTable {
  /** Of the device's key, so that the same device has the same address everywhere. */
  id: string;
  class: string;
  vendor_id: string | null;
  product_id: string | null;
  vendor: string | null;
  product: string | null;
  serial: string | null;
  serial_trust: string;
  size_bytes: number | null;
  /** The worst state of its volumes when they were last reported; null before any was. */
  encryption: string | null;
  first_at: number;
  first_computer_no: number;
  last_at: number;
  last_computer_no: number;
  /** Who was signed in, where the system told. */
  last_user: string | null;
  /** How often it was connected. */
  times: number;
  files_written: number;
}

/** Written by register/devices-seen.ts. */
export interface SeenDevicePlacesTable {
  device_id: string;
  computer_no: number;
  first_at: number;
  last_at: number;
  times: number;
  last_user: string | null;
}

/** Written by register/computer-state.ts. */
export interface ComputerDrivesTable {
  computer_no: number;
  /** Its use and name. */
  key: string;
  /** Encryption state, for counting. */
  encryption: string;
  /** JSON of DriveFacts (shared/events/drive.ts). */
  facts: string;
  at: number;
}

/** Written by register/computer-state.ts. */
export interface ComputerPostureTable {
  computer_no: number;
  item: string;
  state: string;
  /** JSON of PostureFacts (shared/events/posture.ts). */
  facts: string;
  at: number;
}

/** Written by register/computer-state.ts: account names that events of a computer carried. */
export interface ComputerUsersTable {
  computer_no: number;
  user: string;
  first_at: number;
  last_at: number;
  events: number;
}

/** Written by register/software-seen.ts: every title that was ever installed. */
export interface SoftwareTitlesTable {
  /** Of source and name. */
  id: string;
  source: string;
  name: string;
  publisher: string | null;
  first_at: number;
  first_computer_no: number;
  /** Computers that have it now. */
  installs: number;
  /** Whether it was installed or updated without approval anywhere, after the baseline: 0 or 1. */
  unapproved: number;
}

/** Written by register/software-seen.ts. */
export interface SoftwareInstallsTable {
  computer_no: number;
  title_id: string;
  version: string;
  /** `baseline`: it was there when the agent first looked. */
  approval: 'baseline' | 'approved' | 'unapproved';
  since: number;
}

/** Written by register/daily-counts.ts: events by day and kind, for the trends. */
export interface DailyCountsTable {
  /** Days since 1970, UTC, by the computers' clocks but never later than the collector's. */
  day: number;
  kind: string;
  count: number;
}

/** Written by register/asset-details.ts: what no agent can know about a computer. */
export interface AssetDetailsTable {
  computer_no: number;
  asset_tag: string | null;
  owner: string | null;
  /** Information Asset Owner. */
  iao: string | null;
  location: string | null;
  /** What a person says; null: as the agent found. */
  portable: 'yes' | 'no' | null;
  disposal: 'in-use' | 'in-store' | 'for-disposal' | 'disposed' | 'lost';
  /** How and by whom the data were removed, and the certificate's number. */
  disposal_note: string | null;
  notes: string | null;
  changed_at: number;
  changed_by: string | null;
}

/** Written by register/network-list.ts: computers that somebody else's list names. */
export interface NetworkNamesTable {
  id: string;
  /** As listed, and in lower case without domain for comparing. */
  name: string;
  short_name: string;
  mac: string | null;
  address: string | null;
  /** `expected`: an agent is to come. `approved`: allowed on the network without one. */
  status: 'unknown' | 'expected' | 'approved';
  note: string | null;
  source: string;
  first_at: number;
  last_at: number;
}

/** Written by register/software-standing.ts: what was decided about a title, and its licence. */
export interface SoftwareStandingsTable {
  title_id: string;
  standing: 'approved' | 'tolerated' | 'disallowed' | null;
  /** Milliseconds since 1970, with `tolerated`. */
  tolerated_until: number | null;
  /** A day, `2026-11-21`. */
  unsupported_since: string | null;
  licence: string | null;
  seats: number | null;
  /** A day. */
  licence_ends: string | null;
  note: string | null;
  changed_at: number;
  changed_by: string | null;
}

/** Written by store/upkeep.ts: when the store was last looked after. */
export interface UpkeepTable {
  what: 'verify' | 'pages' | 'backup' | 'retention';
  at: number;
  /** 1 when all was well. */
  well: number;
  detail: string;
}

export interface MediaRegisterView {
  /** Of the seen device, or of the medium when it was never seen. */
  id: string;
  medium_id: string | null;
  class: string | null;
  vendor_id: string | null;
  product_id: string | null;
  vendor: string | null;
  product: string | null;
  serial: string | null;
  serial_trust: string;
  size_bytes: number | null;
  encryption: string | null;
  first_at: number | null;
  first_computer_no: number | null;
  last_at: number | null;
  last_computer_no: number | null;
  last_user: string | null;
  times: number;
  files_written: number;
  /** `unregistered`, or the state of the medium. */
  state: 'unregistered' | 'issued' | 'lost' | 'returned' | 'retired';
  holder: string | null;
  label: string | null;
  expires_at: number | null;
}
