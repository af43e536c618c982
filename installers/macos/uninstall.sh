#!/bin/sh
# Removes the agent: gives media back their former state first. With --keep-data, identity and spool stay.
set -eu
base='/Library/Application Support/Portcullis'
label=org.portcullis.agent
[ "$(id -u)" = 0 ] || { echo "Run it as root: sudo ./uninstall.sh" >&2; exit 1; }

launchctl bootout "system/$label" 2>/dev/null || true
[ ! -x "$base/portcullis-agent" ] || "$base/portcullis-agent" release || echo "Media could not all be given back." >&2
rm -f "/Library/LaunchDaemons/$label.plist"
rm -rf "$base/program" /Library/Logs/Portcullis /var/run/portcullis
rm -f "$base/portcullis-agent" "$base/uninstall.sh"
[ "${1:-}" = --keep-data ] || rm -rf "$base/data"
rmdir "$base" 2>/dev/null || true
echo "The agent is removed."
