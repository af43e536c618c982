#!/bin/sh
# Starts the agent: the version on trial, else the one in use, else the one of the package. What the files in the folder of
# versions mean stands in agent/update/versions.ts. A newer package is used at once: what was chosen over the one before it
# counts no more.
base=@FOLDER@
base_version=@VERSION@
PORTCULLIS_HOME="${PORTCULLIS_HOME:-/var/lib/portcullis}"
PORTCULLIS_RUN="${PORTCULLIS_RUN:-/run/portcullis}"
export PORTCULLIS_HOME PORTCULLIS_RUN
versions="$PORTCULLIS_HOME/agent-versions"

# Whether a word is the name of a version that can be started.
is_whole() {
  case "$1" in '' | .* | *[!0-9A-Za-z.-]*) return 1 ;; esac
  [ -x "$versions/$1/bin/node" ] && [ -f "$versions/$1/agent/portcullis-agent.cjs" ]
}

run_usual() {
  folder="$base"
  if [ -r "$versions/current" ]; then
    { read -r version; read -r over; } <"$versions/current"
    if [ "$over" = "$base_version" ] && is_whole "$version"; then folder="$versions/$version"; fi
  fi
  exec "$folder/bin/node" "$folder/agent/portcullis-agent.cjs" "$@"
}

write() {
  file="$versions/$1"
  shift
  printf '%s\n' "$@" >"$file.new" && mv "$file.new" "$file"
}

give_up() {
  why="$1"
  shift
  write failed "$trial" "$why"
  rm -f "$versions/trial"
  unset PORTCULLIS_TRIAL
  run_usual "$@"
}

[ "$1" = run ] || run_usual "$@"
PORTCULLIS_LAUNCHER="$base_version"
export PORTCULLIS_LAUNCHER
[ -r "$versions/trial" ] || run_usual "$@"

{ read -r trial; read -r over; read -r left; read -r seconds; } <"$versions/trial"
case "$left$seconds" in '' | *[!0-9]*) left=0 seconds=0 ;; esac
[ "$over" = "$base_version" ] && is_whole "$trial" || give_up damaged "$@"
[ "$left" -gt 0 ] || give_up crashed "$@"
write trial "$trial" "$over" "$((left - 1))" "$seconds"

# It is watched from here until it has reported to the collector, which is when the file goes.
stopping=
"$versions/$trial/bin/node" "$versions/$trial/agent/portcullis-agent.cjs" "$@" &
agent=$!
trap 'stopping=1; kill -TERM "$agent" 2>/dev/null' TERM INT HUP
waited=0
while kill -0 "$agent" 2>/dev/null && [ -e "$versions/trial" ] && [ -z "$stopping" ]; do
  if [ "$waited" -ge "$seconds" ]; then
    kill -TERM "$agent" 2>/dev/null
    sleep 5
    kill -KILL "$agent" 2>/dev/null
    wait "$agent"
    give_up silent "$@"
  fi
  sleep 1
  waited=$((waited + 1))
done
# A signal ends a wait early.
wait "$agent"
status=$?
while kill -0 "$agent" 2>/dev/null; do
  wait "$agent"
  status=$?
done
if [ -e "$versions/trial" ] && [ -z "$stopping" ]; then exec "$0" "$@"; fi
exit "$status"
