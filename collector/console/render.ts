import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import nunjucks from 'nunjucks';

/** Every page there is: one file each in pages/. */
type PageName =
  | 'sign-in'
  | 'change-password'
  | 'alert-list'
  | 'alert'
  | 'computer-list'
  | 'computer'
  | 'about-monitoring'
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
  return (page, data) => environment.render(`${page}.njk`, data);
}

/** Where the design system's templates, styles and script lie. */
export function nhsukFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('nhsuk-frontend'));
}
