// @ts-check
import { initAll } from './nhsuk.js';

// The design system looks for these marks before it does anything.
document.body.classList.add('js-enabled', 'nhsuk-frontend-supported');
initAll();
