#!/bin/sh
# Starts Envoy with the configuration in GATEWAY_CONFIG: one argument, whatever it holds, never read by the shell.
set -eu

: "${GATEWAY_CONFIG:?gateway: GATEWAY_CONFIG is not set: it is the bootstrap of Envoy as JSON, which components/gateway.py renders}"

# Two workers: by itself Envoy starts one for each CPU of the host. No hot restart: a new revision is a new container.
exec envoy --config-yaml "$GATEWAY_CONFIG" --concurrency 2 --disable-hot-restart --log-level warn
