"""Tiny classifiers of transformers, as somebody's hub repository holds them, and such a hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.processors import TemplateProcessing

from app.inference.weights import CONFIG, FOREIGN_WEIGHTS, MANIFEST, TOKENIZER

REVISION = "0123456789abcdef0123456789abcdef01234567"
LABELS = ["negative", "neutral", "positive"]
FILES = (CONFIG, TOKENIZER, FOREIGN_WEIGHTS)

_PIECES = ["<s>", "<pad>", "</s>", "<unk>", *"▁abcdefghijklmnopqrstuvwxyz"]
_SIZES = {
    "vocab_size": len(_PIECES),
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 66,
    "pad_token_id": 1,
    "type_vocab_size": 2,
}


def write_classifier(folder: Path, family: str = "bert", names: list[str] | None = None) -> Path:
    """Write config, tokenizer and weights of a tiny seeded ``bert`` or ``xlm-roberta``."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    labels = dict(enumerate(names or LABELS))
    config = AutoConfig.for_model(family, **_SIZES, id2label=labels, num_labels=len(labels))
    torch.manual_seed(7)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(8)  # drawn so small that all texts would score alike
    model.save_pretrained(folder)
    tokenizer = Tokenizer(Unigram([(piece, -1.0) for piece in _PIECES], 3, False))
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>"])
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    (folder / TOKENIZER).write_text(tokenizer.to_str())
    return folder


def write_manifest(folder: Path, **changes: object) -> Path:
    """Write the manifest that fits the files as they are, but for ``changes``."""
    files = {
        name: {
            "sha256": sha256((folder / name).read_bytes()).hexdigest(),
            "size_bytes": (folder / name).stat().st_size,
        }
        for name in FILES
    }
    manifest = {"id": "org/tone", "kind": "transformers", "labels": LABELS, "max_tokens": 64}
    document = manifest | {"license": "MIT", "attribution": [], "files": files} | changes
    (folder / MANIFEST).write_text(json.dumps(document))
    return folder


@contextmanager
def hub(folder: Path, *, commit: str = REVISION, status: int = 200) -> Iterator[str]:
    """Serve a folder's files as ``org/tone`` at ``REVISION`` on loopback; yields the address."""

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix(f"/org/tone/resolve/{REVISION}/")
            file = folder / name
            if "/" in name or not file.is_file():
                self.send_error(404)
                return
            self.send_response(status)
            self.send_header("X-Repo-Commit", commit)
            self.send_header("Content-Length", str(file.stat().st_size))
            self.end_headers()
            self.wfile.write(file.read_bytes())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
