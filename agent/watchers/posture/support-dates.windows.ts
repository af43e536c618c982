interface Ends {
  /** Home and Pro. */
  usual?: string;
  /** Enterprise and Education. */
  enterprise?: string;
  /** LTSC (LTSB). */
  longTerm?: string;
  /** LTSC of IoT Enterprise. */
  deviceLongTerm?: string;
  server?: string;
}

/**
 * Last day of free security updates by build, from Microsoft's release information and lifecycle pages. Paid extensions
 * (ESU) do not count. A date that is not certain is left out: unknown is honest, wrong is not.
 */
export const windowsSupportEnds: Readonly<Record<number, Ends>> = {
  // Windows 10, and the servers of the same builds.
  14393: {
    usual: '2018-04-10',
    enterprise: '2019-04-09',
    longTerm: '2026-10-13',
    deviceLongTerm: '2026-10-13',
    server: '2027-01-12',
  },
  17763: {
    usual: '2020-11-10',
    enterprise: '2021-05-11',
    longTerm: '2029-01-09',
    deviceLongTerm: '2029-01-09',
    server: '2029-01-09',
  },
  18363: { usual: '2021-05-11', enterprise: '2022-05-10' },
  19041: { usual: '2021-12-14', enterprise: '2021-12-14' },
  19042: { usual: '2022-05-10', enterprise: '2023-05-09' },
  19043: { usual: '2022-12-13', enterprise: '2022-12-13' },
  19044: { usual: '2023-06-13', enterprise: '2024-06-11', longTerm: '2027-01-12', deviceLongTerm: '2032-01-13' },
  19045: { usual: '2025-10-14', enterprise: '2025-10-14' },
  20348: { server: '2031-10-14' },
  // Windows 11.
  22000: { usual: '2023-10-10', enterprise: '2024-10-08' },
  22621: { usual: '2024-10-08', enterprise: '2025-10-14' },
  22631: { usual: '2025-11-11', enterprise: '2026-11-10' },
  26100: { usual: '2026-10-13', enterprise: '2027-10-12', longTerm: '2029-10-09', deviceLongTerm: '2034-10-10' },
  26200: { usual: '2027-10-12' },
};
