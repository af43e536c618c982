#!/bin/sh
# Installs the agent from the folder this script lies in, or upgrades it: identity, spool and numbering stay.
#   sudo ./install.sh --collector https://collector.example:8443 --code pc1.….…
set -eu
here=$(cd "$(dirname "$0")" && pwd)
base='/Library/Application Support/Portcullis'
label=org.portcullis.agent
daemon="/Library/LaunchDaemons/$label.plist"
collector='' code=''

usage() {
  echo "Use: sudo ./install.sh [--collector <address> --code <code>]" >&2
  exit 2
}
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case "$1" in
    --collector) collector=$2 ;;
    --code) code=$2 ;;
    *) usage ;;
  esac
  shift 2
done
[ "$(id -u)" = 0 ] || { echo "Run it as root: sudo ./install.sh" >&2; exit 1; }

launchctl bootout "system/$label" 2>/dev/null || true
# Nobody but root may write where root's programs lie.
install -d -o root -g wheel -m 0755 "$base" /Library/Logs/Portcullis
install -d -o root -g wheel -m 0700 "$base/data"
rm -rf "$base/program.new"
cp -R "$here/program" "$base/program.new"
chown -R root:wheel "$base/program.new"
chmod -R go-w "$base/program.new"
rm -rf "$base/program"
mv "$base/program.new" "$base/program"
install -o root -g wheel -m 0755 "$here/portcullis-agent" "$base/portcullis-agent"
install -o root -g wheel -m 0755 "$here/uninstall.sh" "$base/uninstall.sh"
install -o root -g wheel -m 0644 "$here/$label.plist" "$daemon"

if [ ! -e "$base/data/agent/identity.json" ]; then
  if [ -z "$collector" ] || [ -z "$code" ]; then
    echo "Installed, and not enrolled yet. Next: sudo ./install.sh --collector <address> --code <code>"
    exit 0
  fi
  "$base/portcullis-agent" enrol --collector "$collector" --code "$code"
fi
launchctl bootstrap system "$daemon"
echo "The agent runs. Its state: sudo '$base/portcullis-agent' status"
