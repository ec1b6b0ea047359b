#!/usr/bin/env bash
# Makes the virtual environment, or brings it up to date. Quick when there is nothing to do.
set -euo pipefail

venv=$1
wanted=$(cat requirements.txt requirements-dev.txt)

fits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if ! { [ -x "$venv/bin/python" ] && fits "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
  python=""
  for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if fits "$candidate"; then python=$candidate; break; fi
  done
  if [ -z "$python" ]; then
    echo "Siyu needs Python 3.11 or newer with its venv module; found: $(python3 --version 2>/dev/null || echo none)." >&2
    echo "Debian and Ubuntu: apt install python3 python3-venv. Another Python: make PYTHON=/path/to/python3.13" >&2
    exit 1
  fi
  rm -rf "$venv"
  "$python" -m venv "$venv"
fi

if [ "$(cat "$venv/.installed" 2>/dev/null || true)" != "$wanted" ]; then
  echo "Installing the requirements into $venv (once)..."
  if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --prefer-binary -r requirements-dev.txt 2>"$venv/pip.log"; then
    tail -n 8 "$venv/pip.log" >&2
    echo "pip could not install the requirements (above; all of it: $venv/pip.log)." >&2
    echo "No network? Set up pip's index. 'Python.h' missing? Debian and Ubuntu: apt install python3-dev build-essential" >&2
    exit 1
  fi
fi
printf '%s' "$wanted" >"$venv/.installed"
