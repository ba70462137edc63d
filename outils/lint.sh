#!/usr/bin/env bash
# Runs every check, all of them even if one fails; exit code 1 if any failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
bin=.venv/bin
echecs=()

controle() {
    local nom=$1 sortie
    shift
    if sortie=$("$@" 2>&1); then
        printf '  ok     %s\n' "$nom"
    else
        printf '  ÉCHEC  %s\n%s\n' "$nom" "$sortie"
        echecs+=("$nom")
    fi
}

controle "ruff" "$bin/ruff" check --quiet --output-format=concise .
controle "ruff format" "$bin/ruff" format --quiet --check .
controle "djlint (forme)" "$bin/djlint" --quiet --check templates
controle "djlint (règles)" "$bin/djlint" --quiet --lint templates
controle "mypy" "$bin/mypy" --no-error-summary
controle "contrats d’import" "$bin/lint-imports"
controle "docs/configuration.md" "$bin/python" manage.py configuration --verifier
controle "migrations" "$bin/python" outils/avec_base.py outils/lint_migrations.sh
if command -v shellcheck >/dev/null; then
    controle "shellcheck" shellcheck outils/*.sh .ci/run
fi

if ((${#echecs[@]})); then
    printf 'lint : %d échec(s)\n' "${#echecs[@]}"
    exit 1
fi
printf 'lint : tout est bon\n'
