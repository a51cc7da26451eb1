#!/bin/sh
# The docker command as the emulator calls it. It takes a published port that accepts connections for a function that is up, but
# Docker's own proxy accepts at once, and the first invocation would be lost. So a start ends when the runtime listens.
docker "$@" || exit
[ "$1" = start ] || exit 0
tries=0
until docker logs "$2" 2>&1 | grep -q '^runtime listens'; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || exit 1
  sleep 0.1
done
