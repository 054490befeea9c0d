#!/bin/sh
# Makes the encoder again from public parts and our own
# data. Needs Python 3.11 and Maven; the heads follow with `make heads`.
set -eu
cd "$(dirname "$0")/../.."
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/pip install -q -r training-data/pipeline/requirements.txt
.venv/bin/python training-data/pipeline/fetch_base.py
.venv/bin/python training-data/pipeline/quantise.py
.venv/bin/python training-data/pipeline/parity.py | tee .cache/encoder/parity.json
.venv/bin/python training-data/pipeline/manifest.py --report .cache/encoder/parity.json
.venv/bin/python -m unittest discover -s training-data/pipeline -p 'test_*.py'
YINGDA_FP32_MODEL=$PWD/.cache/encoder/pruned.onnx go test -count=1 ./nlu/encoder
