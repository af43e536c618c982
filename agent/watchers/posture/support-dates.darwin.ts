/**
 * Last day on which Apple released security updates for a macOS, by its first number. Apple announces no such day: the
 * newest three get updates, and the oldest of them ends when the next one comes out. A date that is not past, or not
 * certain, is left out: unknown is honest, wrong is not.
 */
export const macosSupportEnds: Readonly<Record<number, string>> = {
  11: '2023-09-26',
  12: '2024-09-16',
  13: '2025-09-15',
};
