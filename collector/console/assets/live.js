// @ts-check
// Keeps the alert list up to date. Without it the page works and shows what was true when it was opened.

const part = (/** @type {string} */ id) => {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no part ${id}`);
  return element;
};
const live = part('live');
const status = part('live-status');
const show = part('live-show');
const pause = part('live-pause');

/** What is put in the place of what was shown. */
const parts = ['figures', 'alerts'];

/** @type {EventSource | undefined} */
let source;
/** The newest page fetched and not shown yet. @type {Document | undefined} */
let waiting;
let paused = false;
let fetching = false;
let again = false;
let lost = false;

const usual = 'New alerts appear here by themselves.';

live.hidden = false;
say(usual);
show.addEventListener('click', () => {
  swap();
  part('alerts').querySelector('a.app-alert')?.focus();
});
pause.addEventListener('click', () => {
  paused = !paused;
  pause.setAttribute('aria-pressed', String(paused));
  say(paused ? 'Live updates are paused.' : usual);
  if (!paused) void refresh();
});
// Browsers allow few connections to one server; tabs nobody looks at give theirs back.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) disconnect();
  else connect();
});
// A page kept by the browser for "back" may be hours old.
addEventListener('pageshow', (event) => {
  if (event.persisted) void refresh();
});
connect();

function connect() {
  if (source || document.hidden) return;
  source = new EventSource(live.dataset.address ?? '');
  // The page may have been made before the stream was there, or the stream may have been away.
  source.addEventListener('open', () => {
    if (lost) say(usual);
    lost = false;
    void refresh();
  });
  source.addEventListener('alerts', () => void refresh());
  source.addEventListener('ended', signedOut);
  source.addEventListener('error', () => {
    lost = true;
    say(
      source?.readyState === EventSource.CLOSED
        ? 'Live updates have stopped. Load the page again to go on.'
        : 'The connection to the collector is lost. Trying again.',
    );
  });
}

function disconnect() {
  source?.close();
  source = undefined;
}

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  again = false;
  try {
    await fetchPage();
  } catch {
    // The stream says so when the collector is away, and calls again when it is back.
  }
  fetching = false;
  if (again) void refresh();
}

async function fetchPage() {
  const answer = await fetch(location.href, { headers: { 'x-portcullis-background': '1' } });
  if (new URL(answer.url).pathname === '/sign-in') return signedOut();
  if (!answer.ok) return;
  waiting = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const arrived = newIds(waiting).length;
  if (mayDisturb()) {
    swap();
  } else if (arrived > 0) {
    say(`${counted(arrived)} – `);
    show.textContent = arrived === 1 ? 'Show it' : 'Show them';
    show.hidden = false;
  }
}

/** Nobody's reading place or focus is taken away. */
function mayDisturb() {
  const isHeld = parts.some((id) => part(id).contains(document.activeElement));
  const reading = isHeld || scrollY > 400 || ticks().size > 0;
  return !paused && !reading && live.dataset.firstPage === 'yes';
}

function swap() {
  if (!waiting) return;
  const fresh = new Set(newIds(waiting));
  const ticked = ticks();
  for (const id of parts) {
    const next = waiting.getElementById(id);
    if (next) part(id).replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
  }
  waiting = undefined;
  show.hidden = true;
  for (const box of boxes()) box.checked = ticked.has(box.value);
  for (const row of rows(document)) if (fresh.has(row.dataset.alert ?? '')) mark(row);
  if (fresh.size > 0) say(`${counted(fresh.size)} in the list.`);
}

/** @returns {HTMLInputElement[]} */
function boxes() {
  return [...part('alerts').querySelectorAll('input[name=alert]')].filter((box) => box instanceof HTMLInputElement);
}

function ticks() {
  return new Set(boxes().flatMap((box) => (box.checked ? [box.value] : [])));
}

/** @param {HTMLElement} row */
function mark(row) {
  row.classList.add('app-row-new');
  const word = document.createElement('span');
  word.className = 'app-new';
  word.textContent = 'New';
  row.querySelector('.app-what > :last-child')?.append(word);
}

/** @param {Document} page */
function newIds(page) {
  const known = new Set(rows(document).map((row) => row.dataset.alert));
  return rows(page).flatMap((row) => (row.dataset.alert && !known.has(row.dataset.alert) ? [row.dataset.alert] : []));
}

/** @param {Document} page @returns {HTMLTableRowElement[]} */
function rows(page) {
  return [...page.querySelectorAll('tr[data-alert]')].filter((row) => row instanceof HTMLTableRowElement);
}

/** @param {number} count */
function counted(count) {
  return count === 1 ? '1 new alert' : `${count} new alerts`;
}

/** @param {string} text */
function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

function signedOut() {
  disconnect();
  say('You were signed out. ');
  const link = document.createElement('a');
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = 'Sign in again';
  status.append(link);
  show.hidden = true;
  pause.hidden = true;
}
