// @ts-check
// Helps the hands in the list of alerts: ticks that last, keys, and a count. Everything works without it.

const list = document.getElementById('alerts');
const handle = document.getElementById('handle');
const tickAll = document.getElementById('tick-all');
const ticked = document.getElementById('ticked');
const keys = document.getElementById('keys');
const keysOff = document.getElementById('keys-off');
const remembered = 'portcullis-keys-off';

/** @returns {HTMLInputElement[]} */
const boxes = () =>
  [...document.querySelectorAll('input[name=alert]')].filter((box) => box instanceof HTMLInputElement);

if (list && handle instanceof HTMLFormElement) {
  if (tickAll) tickAll.hidden = false;
  if (keys) keys.hidden = false;
  showKeys();
  count();
  handle.addEventListener('change', count);
  tickAll?.addEventListener('click', () => {
    const all = boxes();
    const on = all.some((box) => !box.checked);
    for (const box of all) box.checked = on;
    count();
  });
  handle.addEventListener('submit', (event) => {
    const { submitter } = event;
    const needsTicks = submitter instanceof HTMLButtonElement && !submitter.value.endsWith('-all');
    if (!needsTicks || boxes().some((box) => box.checked)) return;
    event.preventDefault();
    say('Tick at least one line first.');
  });
  list.addEventListener('keydown', pressed);
  keysOff?.addEventListener('click', () => {
    if (isOff()) localStorage.removeItem(remembered);
    else localStorage.setItem(remembered, 'yes');
    showKeys();
  });
  // Lines that were exchanged for newer ones.
  new MutationObserver(count).observe(list, { childList: true });
}

function isOff() {
  return localStorage.getItem(remembered) === 'yes';
}

function showKeys() {
  keysOff?.setAttribute('aria-pressed', String(isOff()));
  if (keysOff) keysOff.textContent = isOff() ? 'Switch these keys on' : 'Switch these keys off';
}

function count() {
  const all = boxes();
  const on = all.filter((box) => box.checked).length;
  if (tickAll)
    tickAll.textContent = all.length > 0 && on === all.length ? 'Take all ticks away' : 'Tick all on this page';
  say(on === 0 ? '' : `${on === 1 ? '1 line' : `${on} lines`} ticked`);
}

/** @param {string} text */
function say(text) {
  if (!ticked) return;
  ticked.hidden = text === '';
  if (ticked.textContent !== text) ticked.textContent = text;
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (isOff() || event.ctrlKey || event.altKey || event.metaKey || !(event.target instanceof HTMLElement)) return;
  const row = event.target.closest('tr[data-alert]');
  if (!(row instanceof HTMLTableRowElement)) return;
  const act = actions[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act(row);
}

/** @type {Record<string, ((row: HTMLTableRowElement) => void) | undefined>} */
const actions = {
  j: (row) => focusOn(row.nextElementSibling),
  k: (row) => focusOn(row.previousElementSibling),
  x: (row) => row.querySelector('input')?.click(),
  a: () => press('assign'),
  c: () => press('close'),
};

/** @param {Element | null} row */
function focusOn(row) {
  const link = row?.querySelector('a.app-alert');
  if (link instanceof HTMLElement) link.focus();
}

/** @param {string} action */
function press(action) {
  const button = document.querySelector(`button[name=action][value=${action}]`);
  if (button instanceof HTMLButtonElement) button.click();
}
