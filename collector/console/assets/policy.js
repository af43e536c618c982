// @ts-check
// Keeps a draft as it is typed and says what the check finds; follows a replay. Both pages work without it.

const draft = document.getElementById('draft');
const text = document.getElementById('text');
if (draft instanceof HTMLFormElement && text instanceof HTMLTextAreaElement) editDraft(draft, text);
if (document.getElementById('replay')?.dataset.state === 'running') void follow();

/** @param {HTMLFormElement} form @param {HTMLTextAreaElement} editor */
function editDraft(form, editor) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let kept = editor.value;
  let leaving = false;
  let working = false;

  const work = async () => {
    if (working) return again();
    working = true;
    try {
      await check(form, editor);
      if (editor.value !== kept && (await save(form, editor))) kept = editor.value;
    } catch {
      say('saved', 'Not saved: the collector does not answer. Your text is still here.');
    }
    working = false;
  };
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(work, 700);
  };
  editor.addEventListener('input', again);
  form.addEventListener('submit', () => {
    leaving = true;
  });
  addEventListener('beforeunload', (event) => {
    if (!leaving && editor.value !== kept) event.preventDefault();
  });
  for (const name of ['keyup', 'click', 'focus']) editor.addEventListener(name, () => showCursor(editor));
  placeButtons(editor);
}

/** @param {HTMLTextAreaElement} editor */
function showCursor({ value, selectionStart }) {
  const before = value.slice(0, selectionStart).split('\n');
  say('cursor', `Line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`);
}

/** @param {HTMLFormElement} form @param {string} address */
async function post(form, address) {
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  return fetch(address, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
}

/** @param {HTMLFormElement} form @param {HTMLTextAreaElement} editor */
async function check(form, editor) {
  const answer = await post(form, form.dataset.lint ?? '');
  if (!answer.ok || !answer.headers.get('content-type')?.startsWith('application/json')) return;
  const { findings, summary } = await answer.json();
  say('findings-summary', summary);
  const list = document.createElement('ul');
  list.className = 'app-findings';
  list.append(...findings.map(findingItem));
  document.getElementById('findings')?.replaceChildren(list);
  placeButtons(editor);
}

/** @param {{ tag: { text: string, colour: string }, place: string, says: string, mend: string }} finding */
function findingItem({ tag, place, says, mend }) {
  const item = document.createElement('li');
  item.className = 'app-findings__item';
  const level = document.createElement('strong');
  level.className = `nhsuk-tag nhsuk-tag--${tag.colour}`;
  level.textContent = tag.text;
  const where = document.createElement('strong');
  where.className = 'app-findings__place';
  where.textContent = place;
  item.append(level, ' ', ...(place === '' ? [] : [where, ' ']), `${says} ${mend}`);
  return item;
}

/** Places become buttons that lead there. @param {HTMLTextAreaElement} editor */
function placeButtons(editor) {
  for (const place of document.querySelectorAll('strong.app-findings__place')) {
    const [, line, column] = /(\d+)\D+(\d+)/.exec(place.textContent ?? '') ?? [];
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'app-plain';
    button.textContent = place.textContent;
    button.addEventListener('click', () => goTo(editor, Number(line), Number(column)));
    place.replaceWith(button);
  }
}

/** @param {HTMLTextAreaElement} editor @param {number} line @param {number} column */
function goTo(editor, line, column) {
  const lines = editor.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  editor.focus();
  editor.setSelectionRange(start + column - 1, start + (lines[line - 1]?.length ?? 0));
  editor.scrollTop = (editor.scrollHeight / lines.length) * Math.max(0, line - 6);
  showCursor(editor);
}

/** @param {HTMLFormElement} form @param {HTMLTextAreaElement} editor @returns {Promise<boolean>} whether it is kept */
async function save(form, editor) {
  const sent = editor.value;
  const answer = await post(form, form.action);
  if (new URL(answer.url).pathname === '/sign-in') {
    say('saved', 'Not saved: you were signed out. Copy your text before you sign in again.');
    return false;
  }
  const { revision, at, says } = await answer.json();
  if (!answer.ok) {
    say('saved', `Not saved: ${says} Save to see both texts side by side.`);
    return false;
  }
  for (const field of document.querySelectorAll('#revision, [data-revision]')) {
    if (field instanceof HTMLInputElement) field.value = String(revision);
  }
  say('saved', `Saved ${at}.`);
  return sent === editor.value;
}

/** @param {string} id @param {string} words */
function say(id, words) {
  const element = document.getElementById(id);
  if (element && element.textContent !== words) element.textContent = words;
}

/** Shows how far a replay is, and its answer when it is there. */
async function follow() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    let page;
    try {
      const answer = await fetch(location.href, { headers: { 'x-portcullis-background': '1' } });
      page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    } catch {
      continue;
    }
    const next = page.getElementById('replay');
    if (next?.dataset.state !== 'running') {
      location.reload();
      return;
    }
    const bar = document.getElementById('progress');
    const newer = page.getElementById('progress');
    if (bar instanceof HTMLProgressElement && newer instanceof HTMLProgressElement && newer.max > 1) {
      bar.max = newer.max;
      bar.value = newer.value;
    }
    say('progress-label', page.getElementById('progress-label')?.textContent ?? '');
  }
}
