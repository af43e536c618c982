import type { Background, Guest } from './guest.ts';

/** Where its daemon writes what it decided. */
export const auditFile = '/root/usbguard.log';

const configuration = `
RuleFile=/etc/usbguard/rules.conf
ImplicitPolicyTarget=block
PresentDevicePolicy=apply-policy
PresentControllerPolicy=keep
InsertedDevicePolicy=apply-policy
AuthorizedDefault=none
RestoreControllerDeviceState=true
DeviceManagerBackend=uevent
IPCAllowedUsers=root
DeviceRulesWithPort=false
AuditBackend=FileAudit
AuditFilePath=${auditFile}
`;

export interface UsbGuard {
  /** What it tells everybody who listens, line by line, from now on. */
  watch(): Promise<Background>;
  stop(): Promise<void>;
}

/** The yardstick: USBGuard's daemon in the guest, with what Portcullis would be told in USBGuard's own words. */
export async function startUsbGuard(guest: Guest, rules: readonly string[]): Promise<UsbGuard> {
  await guest.run(['/bin/mkdir', '-p', '/etc/usbguard', '/var/log/usbguard', '/var/run']);
  await put(guest, '/etc/usbguard/rules.conf', `${rules.join('\n')}\n`);
  await put(guest, '/etc/usbguard/usbguard-daemon.conf', configuration);
  const daemon = await guest.start(['/usr/sbin/usbguard-daemon', '-k', '-c', '/etc/usbguard/usbguard-daemon.conf']);
  await guest.sh('until /usr/bin/usbguard list-devices >/dev/null 2>&1; do usleep 100000; done', {
    timeoutMilliseconds: 30_000,
  });
  return {
    async watch() {
      const listener = await guest.start(['/usr/bin/usbguard', 'watch']);
      await listener.line(/^\[IPC\] Connected/);
      return listener;
    },
    async stop() {
      await guest.run(['/bin/kill', '-TERM', `${daemon.pid}`]);
      await daemon.ended;
    },
  };
}

async function put(guest: Guest, file: string, text: string): Promise<void> {
  await guest.sh(`umask 077; cat > ${file}`, { input: text });
}
