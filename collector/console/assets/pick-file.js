// @ts-check
// Puts a chosen file into a text field, so that its contents need not be pasted. Without script people paste.
for (const place of document.querySelectorAll('[data-pick-file]')) {
  const field = document.getElementById(place.getAttribute('data-pick-file') ?? '');
  if (!(place instanceof HTMLElement) || !(field instanceof HTMLTextAreaElement)) continue;
  const label = document.createElement('label');
  label.className = 'nhsuk-label';
  label.textContent = 'Choose a file, or paste its contents below';
  label.htmlFor = 'pick-file';
  const input = document.createElement('input');
  input.type = 'file';
  input.id = 'pick-file';
  input.accept = '.csv,text/csv';
  input.className = 'nhsuk-file-upload';
  input.addEventListener('change', async () => {
    field.value = (await input.files?.[0]?.text()) ?? '';
  });
  place.append(label, input);
  place.classList.add('nhsuk-form-group');
  place.hidden = false;
}
