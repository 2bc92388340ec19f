#!/usr/bin/env bash
# Fan-out side by side: builds ours and the others' servers and measures them in alternation. Needs Java 17 and Maven (or the
# network, for the wrapper's); what else is not installed (Node.js, nats-server) is skipped, and said. --help says more.
#   run.sh [OPTIONS] [SERVER...]   fan-out compared
#   run.sh crowd [OPTIONS]         fan-out to 5,000 clients
#   run.sh few [OPTIONS]           5,000 clients of which 1 % subscribe to what changes, beside those 50 alone
#   run.sh linger [OPTIONS]        paced, with and without linger, beside one write a frame
#   run.sh micro [JMH OPTIONS]     what is hot, alone (-prof gc for allocation)
#   run.sh heap [SUBSCRIPTIONS]    heap of a distinct subscription
#   run.sh idle [CONNECTIONS [SECONDS]]   CPU and heap of idle connections
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

step() { printf '== %s\n' "$*" >&2; }

command -v java >/dev/null || { echo "Java 17 or later is needed and was not found. Install it, or put it on the PATH." >&2; exit 1; }
maven=mvn
command -v mvn >/dev/null || maven=./mvnw

module=examples/benchmarks
peers=$module/peers
libraries=$module/target/classpath.txt

if [ ! -f "$libraries" ] || [ -n "$(find freelims-sync-*/src/main $module/src/main pom.xml freelims-sync-*/pom.xml $module/pom.xml -newer "$libraries" -print -quit)" ]; then
    step "Building ours (a few minutes the first time)"
    # the server's jar with everything in it is not needed
    "$maven" -B -ntp -q -pl $module -am package dependency:build-classpath -Dmdep.outputFile=target/classpath.txt \
        -Dmdep.includeScope=runtime -DskipTests -Dshade.skip=true >&2 ||
        { rm -f "$libraries"; echo "The build failed; what is above says why." >&2; exit 1; }
fi

ours=$module/target/classes:$(cat $libraries)
case "${1:-}" in
    micro) shift; exec java -cp "$ours" org.openjdk.jmh.Main "$@" ;;
    heap) shift; exec java -Xmx3g -cp "$ours" org.freelims.sync.examples.benchmarks.micro.HeapOfSubscriptions "$@" ;;
    idle) shift; exec java -cp "$ours" org.freelims.sync.examples.benchmarks.comparison.IdleConnections "$@" ;;
esac

if [ ! -f $peers/target/peers.jar ] || [ -n "$(find $peers/src $peers/pom.xml -newer $peers/target/peers.jar -print -quit)" ]; then
    step "Building netty-socketio's and Spring's servers"
    "$maven" -B -ntp -q -f $peers/pom.xml package >&2 || { rm -rf $peers/target; echo "They could not be built, and are left out." >&2; }
fi

if command -v npm >/dev/null && [ ! $peers/node/node_modules/.package-lock.json -nt $peers/node/package-lock.json ]; then
    step "Installing socket.io and ws with npm"
    (cd $peers/node && npm ci --no-audit --no-fund >&2) || echo "They could not be installed, and are left out." >&2
fi

compare() {
    java -Xmx1g -cp "$ours" org.freelims.sync.examples.benchmarks.comparison.Comparison --our-version "$version" "$@"
}
version=$(git rev-parse --short HEAD 2>/dev/null || echo "this build")
case "${1:-}" in
    crowd) shift; compare --clients 5000 --messages 200 --rate 20 ours floor nats "$@" ;;
    few)
        shift
        compare --clients 5000 --interested 1 --out $module/target/results/few ours floor "$@"
        compare --clients 50 --out $module/target/results/alone ours floor "$@"
        ;;
    linger) shift; compare --modes paced ours ours-linger floor "$@" ;;
    *) compare "$@" ;;
esac
