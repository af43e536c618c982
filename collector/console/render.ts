import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import nunjucks from 'nunjucks';

/** Every page there is: one file each in pages/. */
type PageName =
  | 'sign-in'
  | 'sign-in-code'
  | 'no-access'
  | 'change-password'
  | 'account'
  | 'second-factor'
  | 'recovery-codes'
  | 'account-list'
  | 'account-edit'
  | 'account-review'
  | 'new-password'
  | 'people'
  | 'person'
  | 'person-edit'
  | 'people-import'
  | 'audit'
  | 'retention'
  | 'transparency'
  | 'document'
  | 'retention-hold'
  | 'report-list'
  | 'alert-list'
  | 'alert'
  | 'alert-bulk'
  | 'alert-person'
  | 'alert-allow-once'
  | 'approval-list'
  | 'approval-request'
  | 'approval'
  | 'policy'
  | 'policy-version'
  | 'policy-draft'
  | 'policy-replay'
  | 'notice-list'
  | 'notice'
  | 'notice-delivery'
  | 'notice-link'
  | 'notice-templates'
  | 'notice-template'
  | 'home'
  | 'computer-list'
  | 'computer'
  | 'computer-software'
  | 'computer-import'
  | 'network'
  | 'network-import'
  | 'media-list'
  | 'medium'
  | 'medium-change'
  | 'medium-label'
  | 'media-issue'
  | 'software-list'
  | 'software'
  | 'enrolment'
  | 'health'
  | 'updates'
  | 'exports'
  | 'disclosures'
  | 'disclosure-new'
  | 'disclosure'
  | 'about-monitoring'
  | 'incident-list'
  | 'incident'
  | 'incident-section'
  | 'incident-print'
  | 'incident-approval'
  | 'incident-form'
  | 'incident-new'
  | 'incident-report'
  | 'lost'
  | 'error';

/** Makes HTML of a page. Everything in `data` is text and is escaped. */
export type Render = (page: PageName, data: object) => string;

/**
 * Hides the template engine from everything else. Templates are files of this program, never text from anywhere:
 * a template can run code.
 */
export function pageRenderer(): Render {
  const pages = fileURLToPath(new URL('./pages', import.meta.url));
  const components = dirname(nhsukFolder());
  const loader = new nunjucks.FileSystemLoader([pages, components], { watch: false });
  const environment = new nunjucks.Environment(loader, { autoescape: true });
  // Its own looks for the end of a text from each of its spaces, and the design system's templates trim all they make.
  environment.addFilter('trim', (text: unknown) => trimmed(text));
  return (page, data) => withoutTurns(environment.render(`${page}.njk`, data));
}

/** All of Unicode's `Bidi_Control`, which written as a property is looked up in a table for every letter of a page. */
const bidiControl = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Agents clean what they send, but an agent may be somebody else's: marks that turn the direction of writing would let
 * a name read as another one on every page. No text of ours has any.
 */
function withoutTurns(html: string): string {
  return html.replace(bidiControl, '\uFFFD');
}

/** What was markup stays markup. */
function trimmed(text: unknown): unknown {
  const plain = String(text ?? '').trim();
  return text instanceof nunjucks.runtime.SafeString ? new nunjucks.runtime.SafeString(plain) : plain;
}

/** Where the design system's templates, styles and script lie. */
export function nhsukFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('nhsuk-frontend'));
}
