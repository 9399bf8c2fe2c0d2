#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh DIR: compiles Interop into DIR and puts its start script there, DIR/interop. Does nothing when that is newer.
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

rm -rf "$build/classes"
"$javac" --release 11 -Xlint:all,-path,-processing,-options -Werror -proc:none -encoding UTF-8 \
  -cp "$classpath" -d "$build/classes" "$source"/*.java

# user.home: the client logs to logs/rocketmqlogs below it.
cat >"$build/interop.new" <<END
#!/bin/sh
exec ${javac%javac}java \${RMQ_INTEROP_JAVA_OPTIONS:-} -XX:-UsePerfData "-Duser.home=$build" -cp "$classpath" Interop "\$@"
END
chmod +x "$build/interop.new"
mv "$build/interop.new" "$build/interop"
