# PlaniPref : « make aide » liste les cibles.
PYTHON := .venv/bin/python
T ?= tests
PORT ?= 8000
export PORT

.DEFAULT_GOAL := aide
.PHONY: aide demo demo-reset test lint messages accessibilite bench verrouiller

aide: ## affiche cette aide
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1 : /'

demo: ## démonstration sur http://localhost:8000 (PORT, PLANIPREF_DATA), Ctrl-C pour arrêter
	@outils/installer.sh demo
	@$(PYTHON) outils/demo.py

demo-reset: ## efface les données de la démonstration
	@outils/installer.sh demo
	@$(PYTHON) outils/demo.py --effacer

test: ## toute la suite ; « make test T=chemin » pour une partie
	@outils/installer.sh test
	@$(PYTHON) -m pytest -n 2 --dist=loadgroup $(T)

lint: ## style, types, contrats d’import, migrations manquantes
	@outils/installer.sh lint
	@outils/lint.sh

messages: ## relève les textes des usagers et compile les traductions (locale/)
	@outils/installer.sh lint
	@$(PYTHON) outils/messages.py

accessibilite: ## mesure l’accessibilité (axe, clavier) et refait les chiffres de /accessibilite/
	@outils/installer.sh test
	@$(PYTHON) outils/accessibilite.py

bench: ## mesures, affichées et écrites dans bench/results.json
	@outils/installer.sh test
	@$(PYTHON) outils/avec_base.py $(PYTHON) -m bench

verrouiller: ## refait requirements/*.txt depuis pyproject.toml (il faut uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make verrouiller" --output-file requirements/prod.txt --quiet
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make verrouiller" --output-file requirements/dev.txt --quiet
