// @ts-check
// Warns before a session ends by disuse, and lets the person stay without leaving the page. Without script the foot of
// each page says when it ends.
const warning = document.querySelector('[data-session-end]');
const before = 5 * 60 * 1000;

if (warning instanceof HTMLElement) {
  const words = warning.querySelector('[data-words]');
  let end = Date.parse(warning.dataset.sessionEnd ?? '');
  const look = () => {
    const left = end - Date.now();
    warning.hidden = left > before;
    if (!words || warning.hidden) return;
    const minutes = Math.ceil(left / 60_000);
    words.textContent =
      left > 0
        ? `You will be signed out in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, because no page was opened.`
        : 'You were signed out, because no page was opened. What you typed here is not sent.';
  };
  const stay = async () => {
    const answer = await fetch('/session', { headers: { accept: 'application/json' } }).catch(() => undefined);
    if (!answer?.ok || answer.redirected) return location.reload();
    end = Date.parse((await answer.json()).idleEnd);
    look();
  };
  warning.querySelector('button')?.addEventListener('click', () => void stay());
  setInterval(look, 10_000);
  look();
}
