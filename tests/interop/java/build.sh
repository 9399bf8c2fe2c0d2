#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh DIR: compiles Interop and scenarios/ into DIR and puts start scripts there, DIR/interop and DIR/scenarios.
# Does nothing when these are newer.
# The client comes from the jars of ../../real/rocketmq. Exit status 77: no JDK, Maven or registry (1 under CI=true).
set -eu

version=5.5.0
source=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
build=$(cd "$1" && pwd)

lib=$("$source/../../real/rocketmq" fetch --version "$version")
javac=${JAVA_HOME:+$JAVA_HOME/bin/}javac
if ! command -v "$javac" >/dev/null; then
  echo "build.sh: javac not found" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 77
fi

# Tests may run in parallel: one compiles, the others wait for it.
exec 9>"$build/lock"
flock 9
if [ -x "$build/interop" ] && [ -z "$(find "$source" -newer "$build/interop")" ]; then
  exit 0
fi

# The servers' jars bring a logging configuration each that would replace the client's.
classpath=$build/classes
for jar in "$lib"/*.jar; do
  case ${jar##*/} in
    rocketmq-broker-* | rocketmq-namesrv-* | rocketmq-controller-* | rocketmq-tools-*) ;;
    *) classpath=$classpath:$jar ;;
  esac
done

# Scenarios use mqadmin's jar, too, and a configuration that logs nothing.
tools=$(echo "$lib"/rocketmq-tools-*.jar)
rm -rf "$build/classes"
"$javac" --release 11 -Xlint:all,-path,-processing,-options -Werror -proc:none -encoding UTF-8 \
  -cp "$classpath:$tools" -d "$build/classes" "$source"/*.java "$source"/scenarios/*.java
echo '<configuration/>' >"$build/logback.xml"

# start_script NAME CLASSPATH OPTIONS CLASS. user.home: the client logs to logs/rocketmqlogs below it.
start_script() {
  cat >"$build/$1.new" <<END
#!/bin/sh
exec ${javac%javac}java \${RMQ_INTEROP_JAVA_OPTIONS:-} -XX:-UsePerfData "-Duser.home=$build" $3 -cp "$2" $4 "\$@"
END
  chmod +x "$build/$1.new"
  mv "$build/$1.new" "$build/$1"
}
start_script scenarios "$classpath:$tools" "-Drmq.logback.configurationFile=$build/logback.xml" Scenarios
start_script interop "$classpath" "" Interop
