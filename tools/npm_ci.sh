#!/usr/bin/env bash
# Installs the npm packages of a folder as its lockfile says, if they are not those already: tools/npm_ci.sh FOLDER
set -euo pipefail
cd "$1"
installed=node_modules/.installed-lockfile  # a copy of the lockfile that node_modules was made from
if ! cmp -s package-lock.json "$installed"; then
  echo "Installing the npm packages of $1"
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json "$installed"
fi
