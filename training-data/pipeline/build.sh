#!/bin/sh
# Makes the encoder and its heads from public parts, our own data and the open
# data of the folder DATA. Needs Python 3.11 and Maven. Stop it (Ctrl-C) and start
# it again as you like: training resumes, and what is there already is not fetched again.
#
#   DATA=dir       the open data (wanted)
#   MINUTES=300    how long training lasts, stops not counted
#   RUN=dir        the training run: checkpoints and log.txt (.cache/encoder/train)
#   THREADS=n      cores to train on (all of them)
#   PYTHON=python  an interpreter that has requirements-train.txt, instead of .venv
set -eu
: "${DATA:?is not set: the folder of the open data, as in make models DATA=../shared/data}"
[ -d "$DATA" ] || { echo "build.sh: DATA=$DATA is not a folder" >&2; exit 1; }
DATA=$(cd "$DATA" && pwd)
export DATA
cd "$(dirname "$0")/../.."
here=training-data/pipeline
run=${RUN:-.cache/encoder/train}
if [ -z "${PYTHON:-}" ]; then
	[ -x .venv/bin/python ] || python3 -m venv .venv
	.venv/bin/pip install -q -r $here/requirements-train.txt
	PYTHON=.venv/bin/python
fi
threads=${THREADS:-$("$PYTHON" -c 'import os; print(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())')}

"$PYTHON" $here/fetch_base.py
# Freed memory stays with the process: its pages need not be mapped again for
# every step. A run that is stopped exits with 3 and ends this script too.
MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456 \
	"$PYTHON" $here/train.py --data "$DATA" --out "$run" --minutes "${MINUTES:-300}" --threads "$threads"
"$PYTHON" $here/export.py --data "$DATA" --run "$run"
"$PYTHON" $here/parity.py > .cache/encoder/parity.json
cat .cache/encoder/parity.json
"$PYTHON" $here/manifest.py --report .cache/encoder/parity.json
"$PYTHON" $here/export.py --heads --data "$DATA" --run "$run"
"$PYTHON" -m unittest discover -s $here -p 'test_*.py'
YINGDA_FP32_MODEL=$PWD/.cache/encoder/pruned.onnx go test -count=1 ./nlu/encoder ./models
