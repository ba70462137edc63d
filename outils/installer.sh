#!/usr/bin/env bash
# Prepares .venv and the system libraries: outils/installer.sh demo|lint|test
# Does nothing, in well under a second, when the lock files have not changed since the last time.
set -euo pipefail
cd "$(dirname "$0")/.."

usage=${1:-demo}
venv=.venv
export PIP_RETRIES=${PIP_RETRIES:-2} # without network, the answer comes in seconds and not in minutes
journal=$(mktemp)
trap 'rm -f "$journal"' EXIT

echouer() {
    printf '%s\n' "Installation impossible : $1" >&2
    exit 1
}

# --- System packages ----------------------------------------------------------------------------

apt_installer() {
    local pourquoi=$1 sudo=()
    shift
    if ! command -v apt-get >/dev/null; then
        echouer "il manque $pourquoi ; installez l’équivalent des paquets Debian « $* »."
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null && [ ! -t 0 ]; then
            echouer "il manque $pourquoi ; lancez en root « apt-get install $* »."
        fi
        sudo=(sudo)
    fi
    printf '%s\n' "Installation de paquets Debian ($pourquoi) : $*"
    if ! { "${sudo[@]}" apt-get update -qq &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
        >"$journal" 2>&1; then
        tail -n 3 "$journal" >&2
        echouer "apt-get n’a pas pu installer $pourquoi ; vérifiez le réseau et les dépôts Debian."
    fi
}

# --- Python -------------------------------------------------------------------------------------

convient() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

trouver_python() {
    local candidat
    for candidat in "${PYTHON3:-python3}" python3.13 python3.12 python3.11; do
        if command -v "$candidat" >/dev/null && convient "$candidat"; then
            command -v "$candidat"
            return
        fi
    done
    return 1
}

creer_venv() {
    local python
    if ! python=$(trouver_python); then
        apt_installer "Python 3.11 ou plus" python3 python3-venv
        python=$(trouver_python) || echouer "il faut Python 3.11 ou plus ; indiquez-le par PYTHON3=chemin."
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        apt_installer "le module venv de Python" python3-venv
    fi
    "$python" -m venv --clear "$venv" >"$journal" 2>&1 || {
        tail -n 3 "$journal" >&2
        echouer "l’environnement virtuel $venv n’a pas pu être créé."
    }
}

installer_paquets() {
    local verrou=$1
    printf '%s\n' "Installation des dépendances de $verrou dans $venv…"
    if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
        --only-binary :all: --requirement "$verrou" >"$journal" 2>&1; then
        if grep -qiE 'NewConnectionError|name resolution|ProxyError|ConnectTimeout|timed out' "$journal"; then
            echouer "le dépôt de paquets Python est injoignable ; vérifiez le réseau ou le mandataire."
        fi
        tail -n 5 "$journal" >&2
        echouer "pip n’a pas pu installer $verrou (détail ci-dessus)."
    fi
}

# dev.txt holds all of prod.txt: what serves the tests serves the demonstration.
empreinte() { printf '%s %s' "$(sha256sum <"$1")" "$("$venv/bin/python" -V 2>/dev/null)"; }
a_jour() { [ "$(cat "$venv/.installe-$1" 2>/dev/null)" = "$(empreinte "requirements/$1.txt")" ]; }

preparer_python() {
    local profil=dev
    [ "$usage" = demo ] && profil=prod
    if a_jour dev || a_jour "$profil"; then
        return
    fi
    if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1 || ! convient "$venv/bin/python"; then
        creer_venv
    fi
    installer_paquets "requirements/$profil.txt"
    empreinte "requirements/$profil.txt" >"$venv/.installe-$profil"
}

# --- Libraries that the Python packages load ------------------------------------------------------

preparer_systeme() {
    local temoin=$venv/.systeme-$usage
    if [ -e "$temoin" ]; then
        return
    fi
    # Pango and HarfBuzz draw the PDF of the acts; a font of the system stands in for missing glyphs.
    if ! "$venv/bin/python" -c 'import weasyprint' >/dev/null 2>&1 || [ ! -d /usr/share/fonts ]; then
        apt_installer "les bibliothèques des PDF" \
            libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-dejavu-core
        "$venv/bin/python" -c 'import weasyprint' 2>"$journal" || {
            tail -n 1 "$journal" >&2
            echouer "WeasyPrint ne trouve pas ses bibliothèques."
        }
    fi
    if [ -z "$(fc-list :lang=zh 2>/dev/null)" ]; then
        apt_installer "les caractères chinois et japonais des actes" fontconfig fonts-droid-fallback
    fi
    # Chromium without its windows: a third less work for each page.
    if [ "$usage" = test ] && [ -z "${CHROMIUM:-}" ] &&
        ! command -v chromium-headless-shell >/dev/null && ! command -v chromium >/dev/null; then
        apt_installer "le navigateur des essais" chromium-headless-shell
    fi
    if [ "$usage" = test ] && ! command -v clamd >/dev/null && [ ! -x /usr/sbin/clamd ]; then
        apt_installer "l’antivirus des essais" clamav-daemon
    fi
    touch "$temoin"
}

preparer_python
if [ "$usage" != lint ]; then
    preparer_systeme
fi
