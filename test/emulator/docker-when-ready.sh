#!/bin/sh
# The docker command as the emulator calls it, with two of its mistakes mended. It publishes a function's port on both versions of IP
# and takes the last of the two numbers for the first: another function may have it. And it takes a port that accepts connections
# for a function that is up, but Docker's own proxy accepts at once, and the first invocation is lost: so a start ends when the
# runtime listens.
for argument do
  shift
  [ "$argument" = :8080 ] && argument=127.0.0.1::8080
  set -- "$@" "$argument"
done
docker "$@" || exit
[ "$1" = start ] || exit 0
tries=0
until docker logs "$2" 2>&1 | grep -q '^runtime listens'; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || exit 1
  sleep 0.1
done
