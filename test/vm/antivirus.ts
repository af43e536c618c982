import type { Guest } from './guest.ts';

const configuration = `
Foreground yes
LocalSocket /run/clamav/clamd.ctl
DatabaseDirectory /var/lib/signatures
TemporaryDirectory /tmp
`;

/** ClamAV's own service in the guest, with the one signature of the tests. */
export async function startAntivirus(guest: Guest): Promise<void> {
  await guest.run(['/bin/mkdir', '-p', '/run/clamav']);
  await guest.sh('cat > /etc/clamd.conf', { input: configuration });
  await guest.start(['/usr/sbin/clamd', '--config-file=/etc/clamd.conf']);
  await guest.sh('until [ -S /run/clamav/clamd.ctl ]; do usleep 100000; done', { timeoutMilliseconds: 60_000 });
}
