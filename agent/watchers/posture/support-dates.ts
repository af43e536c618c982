/**
 * Last day of free security updates by `ID` and `VERSION_ID` of os-release(5); a version may be given by its first
 * number alone. Long-term support counts where everybody gets it (Debian LTS), paid extensions do not (Ubuntu Pro,
 * Red Hat ELS, SUSE LTSS). A date that is not certain is left out: unknown is honest, wrong is not.
 */
export const supportEnds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Debian's distro-info-data, column eol-lts; the Debian LTS page.
  debian: { 10: '2024-06-30', 11: '2026-08-31', 12: '2028-06-30', 13: '2030-06-30' },
  // Debian's distro-info-data, column eol; Ubuntu's release-cycle page.
  ubuntu: {
    '18.04': '2023-05-31',
    '20.04': '2025-05-29',
    '22.04': '2027-06-01',
    '22.10': '2023-07-20',
    '23.04': '2024-01-25',
    '23.10': '2024-07-11',
    '24.04': '2029-05-31',
    '24.10': '2025-07-10',
    '25.04': '2026-01-15',
    '25.10': '2026-07-09',
    '26.04': '2031-05-29',
  },
  // Red Hat's life-cycle page, end of maintenance support.
  rhel: { 7: '2024-06-30', 8: '2029-05-31', 9: '2032-05-31', 10: '2035-05-31' },
  // CentOS' end-of-life notices; 8 is CentOS Linux 2021-12-31 or Stream 2024-05-31, both past; 9 exists as Stream only.
  centos: { 7: '2024-06-30', 8: '2024-05-31', 9: '2027-05-31' },
  // AlmaLinux' release notes, end of security support.
  almalinux: { 8: '2029-03-01', 9: '2032-05-31', 10: '2035-05-31' },
  // Rocky Linux' version guide.
  rocky: { 8: '2029-05-31', 9: '2032-05-31', 10: '2035-05-31' },
  // Fedora's list of unsupported releases and schedule.
  fedora: { 38: '2024-05-21', 39: '2024-11-26', 40: '2025-05-13', 41: '2025-12-15', 42: '2026-05-13' },
  // openSUSE's lifetime page.
  'opensuse-leap': { '15.4': '2023-12-07', '15.5': '2024-12-31', '15.6': '2026-04-30', '16.0': '2027-10-31' },
  // SUSE's life-cycle page, general support.
  sles: { '12.5': '2024-10-31', '15.4': '2023-12-31', '15.5': '2024-12-31' },
  // Linux Mint's list of releases gives the month; this is its last day.
  linuxmint: { 20: '2025-04-30', 21: '2027-04-30', 22: '2029-04-30' },
};
