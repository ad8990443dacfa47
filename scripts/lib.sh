# shellcheck shell=bash
# Sourced by the other scripts: where things lie, and how packages are installed or named.

# Daemons (mosquitto) lie in sbin, which is not on everybody's path.
export PATH=$PATH:/usr/sbin:/sbin

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# What is fetched lies here, out of git. `make clean-deps` removes it.
# shellcheck disable=SC2034
deps=$root/.deps

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "error: $*"
    exit 1
}

is_root() { [[ $(id -u) == 0 ]]; }

# apt_install WHY PACKAGE...: installs the packages that are missing when root, else names them in one line and stops.
# The package lists are refreshed only when something is missing.
apt_install() {
    local why=$1 package missing=()
    shift
    for package in "$@"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            missing+=("$package")
    done
    [[ ${#missing[@]} == 0 ]] && return
    command -v apt-get >/dev/null || fail "missing for $why: ${missing[*]} (Debian's names); there is no apt-get here"
    is_root || fail "missing for $why, and only root can install it: sudo apt-get install ${missing[*]}"
    say "Installing for $why: ${missing[*]}"
    # Some list may be out of reach; what counts is whether the packages can be had.
    apt-get update -q >&2 || say "some package lists could not be refreshed; trying with those at hand"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q -o DPkg::Lock::Timeout=300 --no-install-recommends "${missing[@]}" >&2 ||
        fail "apt-get could not install ${missing[*]} (for $why)"
}

# need WHY COMMAND PACKAGE: a command that may come from anywhere; its package is installed only when it is missing.
need() { command -v "$2" >/dev/null || apt_install "$1" "$3"; }

# fetch_wheel PROJECT VERSION PLATFORM PYTHON SHA256 DIR [PATTERN...]: downloads one wheel with pip, checks its sum and
# unpacks what matches into DIR, which appears whole or not at all: each file by its name below the folder that its
# pattern names. PYTHON is a version that it is for (312): the wheel is only unpacked, so the machine's own Python
# need not match. Does nothing when DIR holds that wheel.
fetch_wheel() {
    local project=$1 version=$2 platform=$3 python=$4 sha256=$5 dir=$6
    shift 6
    [[ $(cat "$dir/.sha256" 2>/dev/null) == "$sha256" ]] && return
    python3 -m pip --version >/dev/null 2>&1 || apt_install "fetching $project" python3 python3-pip
    local work wheels
    mkdir -p "$deps"
    work=$(mktemp -d "$deps/fetch.XXXXXX")
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    say "Fetching $project $version ($platform)"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform "$platform" \
        --python-version "$python" --dest "$work" "$project==$version" >&2 ||
        fail "pip could not download $project $version for $platform; is the network there?"
    wheels=("$work"/*.whl)
    sha256sum --status --check <<<"$sha256  ${wheels[0]}" ||
        fail "${wheels[0]##*/} is not the file that was pinned: its SHA-256 is $(sha256sum "${wheels[0]}" | cut -d' ' -f1)"
    python3 - "${wheels[0]}" "$work/out" "$@" <<'PY'
import fnmatch, os, re, shutil, sys, zipfile

wheel, out, *patterns = sys.argv[1:]
os.mkdir(out)
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        pattern = next((p for p in patterns if fnmatch.fnmatch(entry.filename, p)), None)
        if pattern is None or entry.is_dir():
            continue
        # `a/b*` keeps what lies below a; `*/b` only its name.
        folder = re.match(r"[^*?\[]*/", pattern)
        target = os.path.join(out, entry.filename[folder.end():] if folder else os.path.basename(entry.filename))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(entry) as source, open(target, "wb") as to:
            shutil.copyfileobj(source, to)
        os.chmod(target, 0o755 if entry.external_attr >> 16 & 0o100 else 0o644)
PY
    echo "$sha256" >"$work/out/.sha256"
    rm -rf "$dir"
    mkdir -p "$(dirname "$dir")"
    mv "$work/out" "$dir"
    rm -rf "$work"
    trap - EXIT
}

# use_node: `node` and `npm` are the ones that fetch-node fetched.
use_node() { export PATH=$deps/node/bin:$PATH; }

# npm_packages DIR WHAT: the packages of DIR's lock file, which holds their sums; their scripts are not run.
npm_packages() {
    cmp -s "$1/package-lock.json" "$1/node_modules/.made-from" && return
    say "Fetching $2"
    npm ci --prefix "$1" --no-audit --no-fund --ignore-scripts --silent || fail "npm could not fetch $2"
    cp "$1/package-lock.json" "$1/node_modules/.made-from"
}
