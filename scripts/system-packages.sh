#!/bin/sh
# Install what some tests need from the system, where that is possible: a browser, a font, PostgreSQL, Mosquitto.
# Where it is not, those tests skip and say why; under CI=true such a skip is a failure.
# With the word bench: also PostGIS, which only `tocsin bench target` looks for, as a peer.
set -u
missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
# A printed page is as long as its font is wide.
[ -e /usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf ] || missing="$missing fonts-liberation"
command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
command -v mosquitto_sub >/dev/null 2>&1 || missing="$missing mosquitto-clients"
command -v xmlsec1 >/dev/null 2>&1 || missing="$missing xmlsec1"
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
if ! command -v postgres >/dev/null 2>&1 && ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
	missing="$missing postgresql"
fi
if [ "${1:-}" = bench ]; then
	ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || missing="$missing postgresql-postgis"
fi
# Takes a third of the whole browser's time. Not every distribution has it, and without it the whole one is used.
shell=""
command -v chromium-headless-shell >/dev/null 2>&1 || shell=chromium-headless-shell
[ -z "$missing$shell" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
	[ -z "$missing" ] || echo "not installed, so some tests will skip and some peers be absent:$missing"
	exit 0
fi
echo "installing:$missing $shell"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1
# shellcheck disable=SC2086 # a list of packages
[ -z "$missing" ] || apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || echo "could not install:$missing"
# shellcheck disable=SC2086 # nothing, or one package
[ -z "$shell" ] || apt-get install -y -qq --no-install-recommends $shell >/dev/null 2>&1 || true
exit 0
