#!/usr/bin/env bash
# From nothing to a notification: builds what is missing, starts the server on an embedded PostgreSQL with demo data,
# watches every resource, changes an inventory item and shows the change arriving. Leaves the server up; --once ends after
# the first notification. PORT (8001) and DATA_DIR (a folder under target/) may be set in the environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

once=false
case "${1:-}" in
    "") ;;
    --once) once=true ;;
    *) echo "usage: examples/quickstart.sh [--once]" >&2; exit 2 ;;
esac

jar=freelims-sync-server/target/freelims-sync.jar
port=${PORT:-8001}
data=${DATA_DIR:-$PWD/freelims-sync-server/target/quickstart}
work=$(mktemp -d "${TMPDIR:-/tmp}/freelims-sync-quickstart.XXXXXX")
server='' monitor=''

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || step() { printf '\n%s\n' "$*"; }

stop() {
    [ -z "$monitor" ] || kill "$monitor" 2>/dev/null || true
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

fail() {
    echo "$1" >&2
    shift
    for log in "$@"; do [ ! -s "$log" ] || { echo "--- $log" >&2; tail -n 30 "$log" >&2; }; done
    exit 1
}

command -v java >/dev/null || fail "Java 17 or later is needed and was not found. Install it, or put it on the PATH."

if [ ! -f "$jar" ] || [ -n "$(find freelims-sync-*/src/main pom.xml freelims-sync-*/pom.xml -newer "$jar" -print -quit)" ]; then
    step "1. Building the server (a few minutes the first time)"
    # without Maven the wrapper fetches one, checks it and keeps it in ~/.m2
    maven=mvn
    command -v mvn >/dev/null || maven=./mvnw
    "$maven" -B -ntp -q -pl freelims-sync-server -am package -DskipTests || fail "The build failed; what is above says why."
else
    step "1. The server is built: $jar"
fi

if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    fail "Port $port is taken by another program. Stop that, or choose another: PORT=8003 examples/quickstart.sh"
fi

step "2. Starting it on an embedded PostgreSQL with demo data"
java -jar "$jar" serve --demo --port "$port" --data-dir "$data" >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 600); do
    kill -0 "$server" 2>/dev/null || fail "The server did not start. It said:" "$work/server.log"
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    sleep 0.2
done
(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || fail "The server did not open port $port within two minutes. It said:" "$work/server.log"
echo "up at http://localhost:$port"

step "3. Watching all resources:  java -jar $jar monitor --demo"
java -jar "$jar" monitor --demo --url "http://localhost:$port" --count 1 --timeout 60s >"$work/monitor.log" 2>"$work/monitor.err" &
monitor=$!
for _ in $(seq 300); do
    kill -0 "$monitor" 2>/dev/null || fail "The monitor ended early. It said:" "$work/monitor.err" "$work/monitor.log"
    if grep -qi 'watching\|subscribed\|connected' "$work/monitor.err" "$work/monitor.log"; then break; fi
    sleep 0.2
done

step "4. Changing an inventory item:  java -jar $jar trigger --demo"
java -jar "$jar" trigger --demo --url "http://localhost:$port" || fail "The change was not made." "$work/server.log"

step "5. What the monitor saw"
wait "$monitor" || fail "The monitor saw no change." "$work/monitor.err" "$work/monitor.log" "$work/server.log"
monitor=''
cat "$work/monitor.log"

if $once; then
    exit 0
fi
step "The server stays up. Look here:"
cat <<EOF
  REST        http://localhost:$port/api/health   (sign in as admin / password)
  OpenAPI     http://localhost:$port/api/openapi.json
  AsyncAPI    http://localhost:$port/api/asyncapi.json
  WebSocket   ws://localhost:$port/sync
  Socket.IO   http://localhost:$port/socket.io/
  More        java -jar $jar monitor --demo --url http://localhost:$port
  Data        $data
Stop it with Ctrl-C.
EOF
wait "$server"
