/**
 * The package `usb` as a second, portable sign that a USB device came or went. Only its raw natives are used: its
 * public `addEventListener` ends the process where there is no USB bus. Loaded at first use (5 MB), so that a computer
 * without a bus does not pay for it: do not call this there.
 * @returns undefined when it cannot be had here
 */
export async function listenToUsbPackage(wake: () => void): Promise<{ stop(): Promise<void> } | undefined> {
  try {
    const { Emitter } = await import('usb/index.js');
    const emitter = new Emitter();
    await emitter.addAttach(wake);
    await emitter.addDetach(wake);
    return {
      async stop() {
        // A listening emitter keeps the process alive.
        await emitter.removeAttach().catch(() => undefined);
        await emitter.removeDetach().catch(() => undefined);
      },
    };
  } catch {
    return undefined;
  }
}
