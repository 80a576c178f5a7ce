# shellcheck shell=bash
# Sourced by the set-up scripts: how they speak, how they become root, and the one way they install packages.

repo="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)"
: "${repo:?}"

say() { printf '   %s\n' "$*"; }
warn() { printf '   warning: %s\n' "$*" >&2; }

# die WHAT HINT...: what failed, then what to do about it, one line each.
die() {
  printf '\nerror: %s\n' "$1" >&2
  shift
  local hint
  for hint in "$@"; do printf '  %s\n' "$hint" >&2; done
  exit 1
}

# as_root COMMAND...: as it stands for root, with sudo for others.
as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "'$1' needs root, and there is no sudo" "Run this as root: su -c '$0'"
  fi
}

# missing_packages NAME...: those that dpkg does not have installed, one a line.
missing_packages() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
  done
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@" </dev/null; }

# install_packages NAME...: only what is missing, so a complete machine needs neither root nor a network.
install_packages() {
  command -v dpkg-query >/dev/null || die "this set-up uses Debian packages, and there is no dpkg here" \
    "Use Debian 12 (or its container), or install the packages that tests/parts/packages lists by hand."
  local missing log
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  say "apt-get install ${missing[*]}"
  log="$(mktemp)"
  # The lists may be absent (a slim image) or too old (404s): only then are they fetched.
  if ! apt-cache show "${missing[@]}" >/dev/null 2>&1 ||
    ! apt_get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    apt_get update >"$log" 2>&1 || warn "apt-get update failed: $(tail -n 1 "$log")"
    apt_get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 || {
      tail -n 15 "$log" >&2
      die "apt-get could not install: $(missing_packages "${missing[@]}" | tr '\n' ' ')" \
        "Its last lines stand above. Check the network and /etc/apt/sources.list*, then run this again."
    }
  fi
  rm -f "$log"
}

# apt_mirror: the URI from which this machine's own apt gets Debian 12 ("bookworm").
apt_mirror() {
  local uri
  # shellcheck disable=SC2016  # the $(...) are apt's, not the shell's
  uri="$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "bookworm" && $3 == "Debian" {print $1; exit}')"
  printf '%s\n' "${uri:-http://deb.debian.org/debian}"
}

# apt_proxy: the proxy that this machine's own apt uses, or nothing.
apt_proxy() {
  local Proxy=''
  eval "$(apt-config shell Proxy Acquire::http::Proxy 2>/dev/null)"
  [[ $Proxy == DIRECT ]] && Proxy=''
  printf '%s' "${Proxy:-${http_proxy:-}}"
}

# wait_until SECONDS COMMAND...: polls four times a second.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.25
  done
}

# compile_jobs: as many compilers as there are cores, and 2 GB of free memory for each.
compile_jobs() {
  local cores room
  cores="$(nproc)" room=$(($(awk '/^MemAvailable:/ {print $2}' /proc/meminfo) / 1024 / 2048))
  echo $((room < 1 ? 1 : room < cores ? room : cores))
}
