import { fetchPdfium } from '../extraction/pdf.ts';

/** Of nobody, on every Linux. */
const nobody = 65_534;

/**
 * A process of root's becomes one of nobody's. All readers are loaded before, because the program may lie where nobody
 * may look; without root there is nothing to give up, and each is loaded when it is needed.
 */
export async function giveUpRights(): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await Promise.all([
    import('../extraction/archive.ts'),
    import('../extraction/compound.ts'),
    import('../extraction/csv.ts'),
    import('../extraction/eml.ts'),
    import('../extraction/html.ts'),
    import('../extraction/json.ts'),
    import('../extraction/plain-text.ts'),
    import('../extraction/rtf.ts'),
    import('../extraction/xml.ts'),
    fetchPdfium(),
  ]);
  process.setgroups?.([]);
  process.setgid?.(nobody);
  process.setuid?.(nobody);
}
