/** Who may sign in to the console, with what, and what they did there. */
export interface AccountTables {
  accounts: AccountsTable;
  former_passwords: FormerPasswordsTable;
  second_factors: SecondFactorsTable;
  recovery_codes: RecoveryCodesTable;
  account_reviews: AccountReviewsTable;
  sessions: SessionsTable;
  audit: AuditTable;
}

/** Written by accounts/accounts.ts; failures, locks and last sign-in by accounts/attempts.ts. */
export interface AccountsTable {
  id: string;
  /** What is typed at sign-in, lower case. */
  username: string;
  display_name: string;
  role: string;
  /** Null: every organisation of this collector. */
  organisation: string | null;
  /** Null: every team; supervisors see those they lead besides. */
  team_id: string | null;
  /** Who it is in the register of people, if that is known. */
  person_id: string | null;
  /** Issuer and subject of single sign-on; such an account has no password here. */
  external_subject: string | null;
  /** 1: the sealed account for emergencies. */
  break_glass: number;
  /** The account works from this time on, and until that; null: no bound. */
  valid_from: number | null;
  valid_to: number | null;
  /** PHC string; empty when there is no password. */
  password_hash: string;
  password_changed_at: number | null;
  must_change_password: number;
  failures: number;
  locked_at: number | null;
  disabled_at: number | null;
  created_at: number;
  last_sign_in_at: number | null;
}

/** Written by accounts/passwords.ts: passwords an account had before. */
export interface FormerPasswordsTable {
  id: string;
  account_id: string;
  password_hash: string;
}

/** Written by accounts/second-factor.ts. */
export interface SecondFactorsTable {
  account_id: string;
  /** Base32, shared with the person's authenticator; sealed with the key of the home (accounts/secret-box.ts). */
  secret: string;
  /** Number of the newest step used, so that a code works once. */
  last_step: number;
  /** Null until the person has shown that their authenticator has it. */
  confirmed_at: number | null;
}

/** Written by accounts/second-factor.ts. Only the hash of a code is kept. */
export interface RecoveryCodesTable {
  account_id: string;
  code_hash: string;
  used_at: number | null;
}

/** Written by accounts/reviews.ts. Rows are never changed. */
export interface AccountReviewsTable {
  id: string;
  account_id: string;
  at: number;
  reviewer_id: string;
  decision: 'keep' | 'remove';
  note: string | null;
}

/** Written by accounts/sessions.ts. Only the hash of the cookie is kept. */
export interface SessionsTable {
  cookie_hash: string;
  account_id: string;
  /** Secret that every form of this session carries. */
  form_token: string;
  created_at: number;
  last_used_at: number;
  expires_at: number;
  /** `code`: the password was right and the second factor is still to come; it opens nothing else. */
  stage: 'code' | 'open';
  /** What the browser says it is, for the person to know their sessions apart. */
  browser: string | null;
}

/** Written by accounts/audit.ts: what people did and saw in the console, and what commands changed. Rows are never changed. */
export interface AuditTable {
  /** From 1, without gaps. */
  seq: number;
  /** Where the chain of accounts/audit-chain.ts stands after this entry. */
  link: Buffer;
  id: string;
  at: number;
  account_id: string | null;
  action: string;
  object: string | null;
  detail: string | null;
}
