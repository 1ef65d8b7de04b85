#!/usr/bin/env bash
# Installs what a target of the Makefile needs and is not there yet, and says so: tools/install_deps.sh build|test|bench|screenshots …
# On Debian with apt-get; elsewhere it names what is missing and fails. When nothing is missing it takes a few milliseconds.
set -euo pipefail
cd "$(dirname "$0")/.."

# The oldest Node.js that Vite runs on, and the one that is fetched when the distribution's is older.
node_minimum=20.19
node_fetched=22

build_packages=(
  clang-19 lld-19 llvm-19 ccache cmake ninja-build pkg-config git python3 ca-certificates brotli
  libboost1.81-dev libboost-url1.81-dev libboost-json1.81-dev libssl-dev libsimdjson-dev libre2-dev libvectorscan-dev
  libzstd-dev zlib1g-dev libsqlite3-dev libyaml-cpp-dev libfmt-dev libspdlog-dev libcli11-dev libxxhash-dev
  libabsl-dev libcurl4-openssl-dev libsodium-dev prometheus-cpp-dev libgtest-dev libgmock-dev libbenchmark-dev
)
# clang-format, clang-tidy and the sanitizers' libraries; then what the end-to-end tests drive the server with, and schemathesis.
test_packages=(
  clang-format-19 clang-tidy-19 libclang-rt-19-dev
  docker.io runc podman busybox-static chromium tar python3-venv openssl prometheus-alertmanager libfaketime
)
screenshots_packages=(chromium pngquant)
bench_packages=(docker.io runc busybox-static chromium tar ripgrep zstd)

packages=()
for set_name in "$@"; do
  declare -n set_packages="${set_name}_packages"
  packages+=("${set_packages[@]}")
done

missing=()
missing_packages() {
  local installed package
  # It fails when it never heard of one of them, after having told of the others.
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)
  installed=" $(sed -n 's/^installed //p' <<<"$installed" | tr '\n' ' ') "
  missing=()
  for package in "${packages[@]}"; do
    [[ $installed == *" $package "* ]] || missing+=("$package")
  done
}

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "Run this as root, or install sudo: $*" >&2
    return 1
  fi
}

updated=""
install() {
  echo "Installing with apt-get: $*"
  if [[ -z $updated ]]; then
    as_root apt-get -qq -o DPkg::Lock::Timeout=300 update
    updated=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >/dev/null
}

node_is_recent() {
  command -v node >/dev/null || return 1
  local have
  have=$(node --version)
  [[ $(printf '%s\n' "$node_minimum" "${have#v}" | sort -V | head -n 1) == "$node_minimum" ]]
}

install_node() {
  local arch
  command -v npm >/dev/null || install nodejs npm
  node_is_recent && return
  arch=$(uname -m)
  arch=${arch/x86_64/x64}
  arch=${arch/aarch64/arm64}
  echo "Node.js $(node --version) is older than $node_minimum: fetching Node.js $node_fetched with npm into build/node"
  npm install --no-audit --no-fund --loglevel=error --prefix build/node "node-linux-$arch@$node_fetched"
  mkdir -p build/node/bin
  ln -sf "../node_modules/node-linux-$arch/bin/node" build/node/bin/node
}

# The Makefile puts build/node/bin first as well.
PATH="$PWD/build/node/bin:$PATH"

if ! command -v dpkg-query >/dev/null || ! grep -qs '^ID=debian' /etc/os-release; then
  if command -v clang++-19 >/dev/null && command -v cmake >/dev/null && node_is_recent; then
    exit 0  # Somebody has set this machine up; what is still missing, CMake or the test in question says.
  fi
  echo "This is not Debian, so nothing is installed for you. Taffrail is built with Clang 19, lld, CMake 3.25, Ninja, Node.js $node_minimum"
  echo "or later with npm, and these libraries (Debian's names of the packages):"
  printf '  %s\n' "${packages[@]}"
  exit 1
fi

missing_packages
if ((${#missing[@]})); then
  install "${missing[@]}"
fi
node_is_recent && command -v npm >/dev/null || install_node
