// @ts-check
// A button beside each text that is to be pasted elsewhere. Without script people mark and copy it.
for (const place of document.querySelectorAll('[data-copy]')) {
  const field = document.getElementById(place.getAttribute('data-copy') ?? '');
  if (!(place instanceof HTMLElement) || !(field instanceof HTMLTextAreaElement) || !navigator.clipboard) continue;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'nhsuk-button nhsuk-button--small nhsuk-button--secondary nhsuk-u-margin-bottom-0';
  button.textContent = `Copy “${field.labels?.[0]?.textContent ?? 'the text'}”`;
  const status = document.createElement('span');
  status.setAttribute('role', 'status');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      status.textContent = ' Copied.';
    } catch {
      field.select();
      status.textContent = ' It could not be copied. It is marked: copy it with the keyboard.';
    }
  });
  place.append(button, status);
  place.hidden = false;
}
