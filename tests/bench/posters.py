"""What a poster costs to draw: in a process of its own, fonts and libraries loaded, pictures given as files."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from statistics import median

from tests.bench.cold import ROOT

ROUNDS = 20
_CODE = "import json; from tests.bench.posters import measure; print(json.dumps(measure()))"


def table() -> str:
    """The section of docs/performance.md."""
    answer = subprocess.run([sys.executable, "-c", _CODE], cwd=ROOT, check=True, capture_output=True, text=True)
    measured = json.loads(answer.stdout.splitlines()[-1])
    rows = ["| template | picture | CPU ms, median | posters/s of one core | KB |"]
    rows.append("| --- | --- | ---: | ---: | ---: |")
    for name, size, milliseconds, kilobytes in measured["templates"]:
        rows.append(f"| {name} | {size} | {milliseconds:.0f} | {1000 / milliseconds:.0f} | {kilobytes:.0f} |")
    rows += ["", f"First poster in a process (Pillow, fonts, table of characters): {measured['first']:.0f} ms of CPU."]
    rows.append(
        f"Memory: {measured['before']:.0f} MB before, at most {measured['peak']:.0f} MB while drawing, "
        f"{measured['huge']:.0f} MB with a PNG of 25 million pixels."
    )
    return "\n".join(rows)


def measure() -> dict[str, object]:
    """CPU and memory. Opening the picture, drawing and packing are in it; fetching and storing are not."""
    from chalicelib.mall.posters.designs.schemas import Content
    from chalicelib.mall.posters.designs.service import built_in
    from chalicelib.mall.posters.drawing import service
    from chalicelib.mall.posters.pictures.service import open_picture
    from infra.local.partners.wechat.codes import picture

    texts = {"title": "手作香薰蜡烛礼盒，天然大豆蜡配方，留香三十小时", "summary": "秋天在一支蜡烛里", "sharer": "小满"}
    content = Content.model_validate(
        {"texts": texts, "amounts": {"price": 12_990, "market_price": 16_800}, "pictures": {"picture": "p"}}
    )
    code = picture("pages/product/detail", "s=Ab12Cd34Ef56", 430)
    photos = {f"{size} px JPEG": _photo(size) for size in (800, 2000)}
    before = _peak()

    def once(name: str, photo: bytes) -> tuple[float, int]:
        started = time.process_time()
        design = built_in()[name].design
        made = service.draw(design, content, {"p": open_picture(photo, 900)}, open_picture(code, 200))
        return (time.process_time() - started) * 1000, len(made)

    first, _ = once("clean", photos["800 px JPEG"])
    rows = []
    for name in built_in():
        for size, photo in photos.items():
            done = [once(name, photo) for _ in range(ROUNDS)]
            rows.append((name, size, median(each for each, _ in done), done[0][1] / 1024))
    peak = _peak()
    once("full", _huge())
    return {"templates": rows, "first": first, "before": before, "peak": peak, "huge": _peak()}


def _photo(size: int) -> bytes:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.open(ROOT / "chalicelib/mall/posters/data/sample.jpg").resize((size, size)).save(file, "JPEG", quality=88)
    return file.getvalue()


def _huge() -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    # Row by row: making it must not take more memory than opening it.
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(b"\0" + b"\x80\x60\x40" * 5000) for _ in range(5000)) + packer.flush()
    head = struct.pack(">IIBBBBB", 5000, 5000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _peak() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
